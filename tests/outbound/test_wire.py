from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.trends.fault_server import FaultServer, Sent, fault_server, feed

from nophantom.outbound.guard import Guard
from nophantom.outbound.streams import Resolve, resolve
from nophantom.outbound.targets import Target, target
from nophantom.outbound.wire import Caps, Fault, Heard, Missed, Wire

OPEN = Guard(("127.0.0.0/8",))
PATIENT = Caps(connect=5.0, read=10.0, total=20.0, largest=1_000_000)
"""Long enough for a busy machine; only who tests the times takes others."""
IMPATIENT = Caps(connect=5.0, read=0.2, total=0.5, largest=1_000_000)


def get(
    *urls: str | Target,
    guard: Guard = OPEN,
    caps: Caps = PATIENT,
    resolved: Resolve = resolve,
    trusted: ssl.SSLContext | None = None,
    proxies: dict[str, str] | None = None,
) -> list[Heard | Missed]:
    """Ask one after the other over one wire."""

    async def work() -> list[Heard | Missed]:
        wire = Wire(guard, resolved, proxies or {}, trusted)
        try:
            at = [target(url) if isinstance(url, str) else url for url in urls]
            return [await wire.get(one, (("user-agent", "test"),), caps) for one in at]
        finally:
            await wire.aclose()

    return asyncio.run(work())


def fault_of(heard: Heard | Missed) -> Fault:
    assert isinstance(heard, Missed)
    return heard.fault


def leads_to(*addresses: str, asked: list[str] | None = None) -> Resolve:
    """A resolver that answers with the next of some addresses each time, and writes down the names."""
    left = list(addresses)

    async def resolved(host: str, _port: int) -> Sequence[str]:
        if asked is not None:
            asked.append(host)
        return left.pop(0).split()

    return resolved


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        yield running


def test_an_answer_comes_whole_and_the_connection_is_used_again(server: FaultServer) -> None:
    for heard in get(server.url("/feed/1"), server.url("/gzip"), server.url("/feed/2")):
        assert isinstance(heard, Heard)
        assert (heard.status, heard.headers["content-type"][:8]) == (200, "applicat")
    assert isinstance(heard, Heard)
    assert heard.content == feed("2")
    assert server.requests[-1].headers["host"] == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/hang", Fault.TIMEOUT),
        ("/drip", Fault.TIMEOUT),
        ("/cut-off", Fault.CUT_OFF),
        ("/cut-off-gzip", Fault.CUT_OFF),
        ("/hang-up", Fault.CUT_OFF),
        ("/bomb", Fault.TOO_LARGE),
        ("/endless", Fault.TOO_LARGE),
        ("/10mb", Fault.TOO_LARGE),
        ("/not-http", Fault.GARBLED),
    ],
)
def test_each_fault_of_a_server_has_its_name(server: FaultServer, path: str, fault: Fault) -> None:
    (missed,) = get(server.url(path), caps=IMPATIENT if fault is Fault.TIMEOUT else PATIENT)
    assert fault_of(missed) is fault
    assert isinstance(missed, Missed)
    assert missed.why
    assert "127.0.0.1" not in missed.why


def test_of_a_body_that_does_not_matter_only_the_beginning_is_read(server: FaultServer) -> None:
    server.pages["/sorry"] = lambda _: Sent(404, b"x" * 3_000_000)
    (heard,) = get(server.url("/sorry"))
    assert isinstance(heard, Heard)
    assert (heard.status, len(heard.content)) == (404, 65_536)
    (whole,) = get(server.url("/sorry"), caps=Caps(largest=3_000_000, whole=frozenset({404})))
    assert isinstance(whole, Heard)
    assert len(whole.content) == 3_000_000


def test_the_beginning_of_a_large_body_can_be_had(server: FaultServer) -> None:
    for path in ("/10mb", "/bomb", "/endless"):
        (heard,) = get(server.url(path), caps=Caps(largest=5_000, head_only=True))
        assert isinstance(heard, Heard)
        assert len(heard.content) == 5_000


def test_a_host_that_nobody_answers_at_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        (missed,) = get(f"http://127.0.0.1:{taken.getsockname()[1]}/")
    assert missed == Missed(Fault.UNREACHABLE, "connect call failed")


def test_a_name_that_does_not_resolve_is_unreachable() -> None:
    async def nobody(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    assert get("http://gone.example/", resolved=nobody) == [Missed(Fault.UNREACHABLE, "no such host")]
    assert fault_of(get("http://gone.example/", resolved=leads_to(""))[0]) is Fault.UNREACHABLE


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::ffff:127.0.0.1]",
        "[::1]",
    ],
)
def test_this_machine_is_not_asked_however_it_is_spelt(server: FaultServer, host: str) -> None:
    before = len(server.requests)
    (missed,) = get(f"http://{host}:{server.port}/ok", guard=Guard())
    assert fault_of(missed) is Fault.BLOCKED
    assert len(server.requests) == before


def test_a_name_is_refused_when_any_of_its_addresses_is() -> None:
    missed = get("http://both.example/", guard=Guard(), resolved=leads_to("93.184.215.14 10.0.0.1"))
    assert missed == [Missed(Fault.BLOCKED, "10.0.0.1 (private)")]


def test_a_name_is_resolved_once_and_connected_to_where_it_was_looked_at(server: FaultServer) -> None:
    """DNS rebinding: a second resolution would lead elsewhere, and there is none."""
    asked: list[str] = []
    url = f"http://rebind.example:{server.port}/ok"
    guard = Guard((f"127.0.0.1:{server.port}",))
    (heard,) = get(url, guard=guard, resolved=leads_to("127.0.0.1", "10.0.0.1", asked=asked))
    assert isinstance(heard, Heard)
    assert asked == ["rebind.example"]
    assert server.requests[-1].headers["host"] == f"rebind.example:{server.port}"


def test_a_new_connection_to_a_name_that_now_leads_inside_is_refused(server: FaultServer) -> None:
    url = f"http://rebind.example:{server.port}/hang-up"  # each request needs a connection of its own
    guard = Guard((f"127.0.0.1:{server.port}",))
    first, second = get(url, url, guard=guard, resolved=leads_to("127.0.0.1", "10.0.0.1"))
    assert (fault_of(first), fault_of(second)) == (Fault.CUT_OFF, Fault.BLOCKED)


def test_the_second_address_of_a_name_is_tried_when_the_first_is_dead(server: FaultServer) -> None:
    url = f"http://two.example:{server.port}/ok"
    (heard,) = get(url, resolved=leads_to("127.0.0.99 127.0.0.1"))  # nobody listens at the first
    assert isinstance(heard, Heard)


def test_tls_to_a_server_that_speaks_none_is_told_as_such(server: FaultServer) -> None:
    (missed,) = get(server.url("/ok").replace("http:", "https:"))
    assert fault_of(missed) is Fault.TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for `secure.example`, with its key, made for this session."""
    folder = tmp_path_factory.mktemp("tls")
    key, shown = folder / "key.pem", folder / "certificate.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-keyout", str(key), "-out", str(shown), "-days", "2", "-subj", "/CN=secure.example"]
    try:
        subprocess.run(
            [*command, "-addext", "subjectAltName=DNS:secure.example"], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs the command openssl, to make a certificate")
    return shown, key


def test_a_certificate_must_be_trusted_and_for_the_host_that_was_asked_for(
    certificate: tuple[Path, Path],
) -> None:
    """The name is verified although the connection goes to an address."""
    shown, key = certificate
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(shown, key)
    trusting = ssl.create_default_context(cafile=str(shown))
    with fault_server(tls=server_side) as server:
        right = f"https://secure.example:{server.port}/ok"
        wrong = f"https://other.example:{server.port}/ok"
        (heard,) = get(right, trusted=trusting, resolved=leads_to("127.0.0.1"))
        assert isinstance(heard, Heard)
        assert heard.content == feed()
        (missed,) = get(wrong, trusted=trusting, resolved=leads_to("127.0.0.1"))
        assert fault_of(missed) is Fault.TLS
        assert isinstance(missed, Missed)
        assert "other.example" in missed.why
        (unknown,) = get(right, resolved=leads_to("127.0.0.1"))
        assert fault_of(unknown) is Fault.TLS


def test_a_proxy_is_used_for_names_and_may_stand_in_a_private_network(server: FaultServer) -> None:
    server.pages["http://news.example/feed"] = lambda _: Sent(body=b"through the proxy")
    proxies = {"http": f"http://me:pass@127.0.0.1:{server.port}"}
    (heard,) = get("http://news.example/feed", guard=Guard(), proxies=proxies)
    assert isinstance(heard, Heard)
    assert heard.content == b"through the proxy"
    assert server.requests[-1].headers["proxy-authorization"].startswith("Basic ")
    for inside in ("http://10.0.0.1/", "http://localhost/", "http://router.lan/"):
        (missed,) = get(inside, guard=Guard(), proxies=proxies)
        assert fault_of(missed) is Fault.BLOCKED


def test_what_is_allowed_is_asked_directly_and_not_through_the_proxy(server: FaultServer) -> None:
    proxies = {"http": "http://127.0.0.1:9"}
    (heard,) = get(server.url("/ok"), guard=Guard((f"127.0.0.1:{server.port}",)), proxies=proxies)
    assert isinstance(heard, Heard)


def test_connections_to_many_hosts_are_closed_again(server: FaultServer) -> None:
    async def here(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async def work() -> None:
        wire = Wire(OPEN, here, {})
        for number in range(300):
            heard = await wire.get(Target("http", f"host{number}.example", server.port, "/ok"), (), PATIENT)
            assert isinstance(heard, Heard)
        assert len(wire._lines) == 256
        await wire.aclose()

    asyncio.run(work())
