"""Which addresses may be connected to: public ones, and what the user allowed by name. PURE.

What others publish leads where others please: to a router, a database or the metadata service of a cloud, unless
somebody looks at the address behind a name. It is looked at where the connection is made (`streams.py`), so that no
second resolution lies between the look and the connection.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from nophantom.errors import InvalidInput

IP = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_REFUSED: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "this host"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "metadata of a cloud"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "reserved"),
        ("192.88.99.0/24", "reserved"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "reserved"),
        ("198.51.100.0/24", "reserved"),
        ("203.0.113.0/24", "reserved"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "this host"),
        ("::1/128", "loopback"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "private"),
        ("ff00::/8", "multicast"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "reserved"),
        ("3fff::/20", "reserved"),
    )
)
_GLOBAL = IPv6Network("2000::/3")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_NAT64 = IPv6Network("64:ff9b::/96")
_MAPPED = IPv6Network("::ffff:0:0/96")
_LOCAL_NAMES = ("localhost", "local", "internal", "lan", "home.arpa")


def why_refused(address: IP) -> str | None:
    """What kind of address it is, when it is none of the public internet; None for a public one.

    An IPv4 address that travels inside an IPv6 one (mapped, NAT64, 6to4) is looked at itself.

    Source:
        IANA IPv4 and IPv6 Special-Purpose Address Registries; RFC 4291, 6052, 6890.

    >>> why_refused(ip_address("10.1.2.3")), why_refused(ip_address("::ffff:127.0.0.1"))
    ('private', 'loopback')
    >>> why_refused(ip_address("93.184.215.14")) is None
    True
    """
    if isinstance(address, IPv6Address) and (inner := _inner(address)) is not None:
        return why_refused(inner)
    for network, kind in _REFUSED:
        if address.version == network.version and address in network:
            return kind
    return "reserved" if isinstance(address, IPv6Address) and address not in _GLOBAL else None


def _inner(address: IPv6Address) -> IPv4Address | None:
    number = int(address)
    if address in _MAPPED or address in _NAT64:
        return IPv4Address(number & 0xFFFF_FFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address((number >> 80) & 0xFFFF_FFFF)
    return None


def literal(host: str) -> IP | None:
    """The address that a host is itself; None for a name.

    >>> literal("[::1]"), literal("example.org")
    (IPv6Address('::1'), None)
    """
    try:
        return ip_address(host.removeprefix("[").removesuffix("]").partition("%")[0])
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be connected to.

    Attributes:
        allowed: beside the public internet: a host ("search.example"), a host with its port ("127.0.0.1:8888",
            "[::1]:8888") or a network ("192.168.7.0/24").

    Raises:
        InvalidInput: an entry is none of these.

    >>> guard = Guard(("localhost:8888", "10.1.0.0/16"))
    >>> guard.trusts("localhost", 8888), guard.trusts("localhost", 22)
    (True, False)
    >>> guard.refuses([ip_address("10.1.2.3")], 80), guard.refuses([ip_address("10.2.2.3")], 80)
    (None, '10.2.2.3 (private)')
    """

    allowed: tuple[str, ...] = ()
    _places: frozenset[tuple[str, int | None]] = field(init=False, repr=False, compare=False)
    _networks: tuple[Network, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        places, networks = set(), []
        for entry in self.allowed:
            if "/" in entry:
                networks.append(_network(entry))
            else:
                places.add(_place(entry))
        object.__setattr__(self, "_places", frozenset(places))
        object.__setattr__(self, "_networks", tuple(networks))

    def trusts(self, host: str, port: int) -> bool:
        """Whether the host is allowed as it is written, wherever its name leads."""
        name = _plain(host)
        if (name, port) in self._places or (name, None) in self._places:
            return True
        own = literal(name)
        return own is not None and self._in_network(own)

    def refuses(self, addresses: list[IP], port: int) -> str | None:
        """The first of the addresses that may not be connected to, with its kind; None when all may.

        Args:
            addresses: all that a name resolved to. One that is refused is enough: which of them is connected to
                must not be a matter of luck.
            port: that is connected to.
        """
        for address in addresses:
            kind = why_refused(address)
            if kind and not self._in_network(address) and not self.trusts(str(address), port):
                return f"{address} ({kind})"
        return None

    def refuses_unresolved(self, host: str, port: int) -> str | None:
        """What can be said of a host that somebody else resolves, a proxy: a private address, a local name."""
        if self.trusts(host, port):
            return None
        address = literal(host)
        if address is not None:
            return self.refuses([address], port)
        name = _plain(host)
        # A last label that begins with a digit is an address in one of its old spellings: 127.1, 0x7f000001.
        if name.rpartition(".")[2][:1].isdigit():
            return f"{name} (an address in another spelling)"
        local = "." not in name or any(name == word or name.endswith(f".{word}") for word in _LOCAL_NAMES)
        return f"{name} (a name of the local network)" if local else None

    def _in_network(self, address: IP) -> bool:
        return any(address.version == net.version and address in net for net in self._networks)


def _plain(host: str) -> str:
    return host.lower().removeprefix("[").removesuffix("]").rstrip(".")


def _network(entry: str) -> Network:
    try:
        return ip_network(entry, strict=False)
    except ValueError as wrong:
        raise InvalidInput(
            f"{entry!r} is no network that can be allowed: {wrong}. Write it like 192.168.7.0/24, or name a host."
        ) from None


def _place(entry: str) -> tuple[str, int | None]:
    text = entry.strip()
    host, colon, port = text.rpartition(":")
    if not colon or literal(text) is not None:  # ::1 has colons, but no port
        host, port = text, ""
    name = _plain(host)
    wrong = not name or any(c in name for c in "/@ ") or (":" in name and literal(name) is None)
    if wrong or (port and not (port.isascii() and port.isdigit())):
        raise InvalidInput(
            f"{entry!r} is no host that can be allowed. Write a host, host:port or a network like 192.168.7.0/24."
        )
    return name, int(port) if port else None
