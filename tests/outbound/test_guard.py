from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.errors import InvalidInput
from nophantom.outbound.guard import Guard, literal, why_refused


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",  # metadata of a cloud
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",  # metadata of a cloud, at a public address
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",  # IPv4-compatible, out of use
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",  # 6to4 around 127.0.0.1
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_what_is_not_the_public_internet_is_refused(address: str) -> None:
    assert why_refused(ip_address(address)) is not None


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "93.184.215.14",
        "100.63.255.255",
        "172.15.0.1",
        "172.32.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450:4001::200e",
        "::ffff:93.184.215.14",
        "64:ff9b::93.184.215.14",
    ],
)
def test_a_public_address_is_not_refused(address: str) -> None:
    assert why_refused(ip_address(address)) is None


@given(number=st.integers(0, 2**32 - 1))
def test_an_ipv4_address_is_judged_alike_in_every_dress(number: int) -> None:
    plain = IPv4Address(number)
    mapped = IPv6Address(0xFFFF << 32 | number)
    nat64 = IPv6Address(0x64FF9B << 96 | number)
    six_to_four = IPv6Address(0x2002 << 112 | number << 80 | 1)
    assert {why_refused(dressed) for dressed in (mapped, nat64, six_to_four)} == {why_refused(plain)}


@given(number=st.integers(0, 2**32 - 1))
def test_nothing_that_python_calls_private_passes(number: int) -> None:
    """An independent list: that of the standard library."""
    address = IPv4Address(number)
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        assert why_refused(address) is not None


def test_one_refused_address_of_many_is_enough() -> None:
    mixed = [ip_address("93.184.215.14"), ip_address("10.0.0.1")]
    assert Guard().refuses(mixed, 443) == "10.0.0.1 (private)"


def test_a_host_may_be_allowed_at_one_port_or_at_all() -> None:
    guard = Guard(("search.example:8888", "box.example", "[::1]:8080", "127.0.0.1"))
    assert guard.trusts("Search.Example.", 8888)
    assert not guard.trusts("search.example", 8889)
    assert [guard.trusts("box.example", port) for port in (1, 65_535)] == [True, True]
    assert [guard.trusts(*place) for place in (("::1", 8080), ("[::1]", 8080), ("::1", 80))] == [
        True,
        True,
        False,
    ]
    assert guard.trusts("127.0.0.1", 80)
    assert not guard.trusts("evil.search.example", 8888)


def test_an_allowed_network_lets_its_addresses_pass_and_no_others() -> None:
    guard = Guard(("192.168.7.0/24", "fd00::/8"))
    assert guard.refuses([ip_address("192.168.7.9"), ip_address("fd00::1")], 80) is None
    assert guard.refuses([ip_address("192.168.8.9")], 80) == "192.168.8.9 (private)"


@given(hosts=st.integers(0, 255), port=st.integers(1, 65_535))
def test_without_an_allow_list_no_private_network_passes(hosts: int, port: int) -> None:
    for network in ("10.0.0.0/24", "192.168.0.0/24", "127.0.0.0/24", "169.254.169.0/24"):
        address = ip_network(network)[hosts]
        assert Guard().refuses([address], port) is not None
        assert not Guard().trusts(str(address), port)


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "[::1]", "localhost", "router.lan", "nas", "db.internal", "127.1", "0x7f.1"]
)
def test_behind_a_proxy_local_names_and_private_addresses_are_refused(host: str) -> None:
    assert Guard().refuses_unresolved(host, 80) is not None
    assert Guard((host,)).refuses_unresolved(host, 80) is None


def test_behind_a_proxy_public_names_pass() -> None:
    assert Guard().refuses_unresolved("news.example.org", 443) is None
    assert Guard().refuses_unresolved("93.184.215.14", 443) is None


@pytest.mark.parametrize(
    "entry", ["", ":80", "10.0.0.0/99", "host:port", "http://search.example", "a b", "me@host"]
)
def test_what_is_no_host_and_no_network_cannot_be_allowed(entry: str) -> None:
    with pytest.raises(InvalidInput, match="can be allowed"):
        Guard((entry,))


def test_a_name_is_no_literal_and_a_zone_does_not_hide_one() -> None:
    assert literal("example.org") is None
    assert literal("[fe80::1%eth0]") == ip_address("fe80::1")
