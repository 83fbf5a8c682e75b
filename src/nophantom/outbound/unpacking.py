"""Bodies unpacked piece by piece, never further than allowed: a bomb is stopped before it goes off. PURE."""

from __future__ import annotations

import zlib

UNDERSTOOD = "gzip, deflate"
"""What a request says that it accepts."""

_GZIP_MAGIC = b"\x1f\x8b"
_KNOWN = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_ZLIB_HEAD = 0x78


class Overflow(Exception):  # noqa: N818 - named by what happened
    """More came than allowed; `content` is what was allowed.

    Attributes:
        content: the first bytes.
    """

    def __init__(self, content: bytes) -> None:
        super().__init__(f"more than {len(content):,} bytes")
        self.content = content


class Garbled(Exception):  # noqa: N818
    """The body is not packed as it says."""


class Unpacking:
    """Takes the pieces of a body as they come, gives the whole.

    Args:
        encoding: the header Content-Encoding.
        largest: bytes of the whole, unpacked.

    Raises:
        Garbled: an encoding that was not asked for, or several.

    >>> import gzip
    >>> body = Unpacking("gzip", 100)
    >>> body.take(gzip.compress(b"hello"))
    >>> body.whole()
    b'hello'
    """

    def __init__(self, encoding: str, largest: int) -> None:
        word = encoding.strip().lower()
        if word not in _KNOWN and word not in {"", "identity", "utf-8"}:
            raise Garbled(f"a body packed as {encoding[:40]!r}, which nobody asked for")
        self._window = _KNOWN.get(word)
        self._packed = self._window is not None
        self._inflating: zlib._Decompress | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._largest = largest

    def take(self, piece: bytes) -> None:
        """One more piece.

        Raises:
            Overflow: the whole is larger than allowed.
            Garbled: it cannot be unpacked.
        """
        if not self._packed or not piece:
            self._keep(piece)
            return
        if self._inflating is None:
            if not self._looks_packed(piece):
                self._packed = False  # the header says packed, the body is plain: a known fault of servers
                self._keep(piece)
                return
            self._inflating = zlib.decompressobj(self._window or zlib.MAX_WBITS)
        self._inflate(piece)

    def whole(self) -> bytes:
        """All of it.

        Raises:
            EOFError: it ends before its end.
        """
        if self._inflating is not None and not self._inflating.eof:
            raise EOFError(f"the packed body ends early, after {self._size:,} bytes")
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    def _looks_packed(self, piece: bytes) -> bool:
        if self._window == zlib.MAX_WBITS:
            if piece[0] & 0x0F != _ZLIB_HEAD & 0x0F:
                self._window = -zlib.MAX_WBITS  # "deflate" without the head of zlib, as some send it
            return True
        return piece[:2] == _GZIP_MAGIC[: len(piece)]

    def _inflate(self, piece: bytes) -> None:
        rest = piece
        while rest and self._inflating is not None:
            try:
                # One byte more than is allowed shows that there is more.
                part = self._inflating.decompress(rest, self._largest - self._size + 1)
            except zlib.error as wrong:
                raise Garbled(f"a packed body that is damaged ({wrong})") from None
            self._keep(part)
            rest = self._inflating.unconsumed_tail
            if self._inflating.eof:
                rest = self._inflating.unused_data
                if rest[:2] != _GZIP_MAGIC:  # padding; else one more member
                    return
                self._inflating = zlib.decompressobj(self._window or zlib.MAX_WBITS)

    def _keep(self, part: bytes) -> None:
        if not part:
            return
        self._size += len(part)
        if self._size > self._largest:
            self._parts.append(part[: len(part) - (self._size - self._largest)])
            raise Overflow(b"".join(self._parts))
        self._parts.append(part)
