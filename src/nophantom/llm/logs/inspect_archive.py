"""The members of an Inspect `.eval` archive, also of one that was killed or damaged.

Python's zipfile finds the members; unpacking is done here, because zipfile reads zstd (method 93) only
from Python 3.14 on, spends more time on a small member than the member needs, and cannot read an archive
whose table of contents was never written.
"""

from __future__ import annotations

import struct
import sys
import zipfile
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from nophantom.llm.logs.records import Omission, OmissionReason

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LARGEST_MEMBER = 256 * 2**20
"""Bytes that one member may unpack to; beyond, it is refused (a real sample has some 10 KB)."""
LARGEST_ARCHIVE = 64 * 2**30
"""Bytes that all members together may say that they unpack to."""

MOST_FRAMES = 16_384
"""zstd frames of one member; Inspect begins a new one after some megabytes."""

BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    NotImplementedError,
    EOFError,
    OSError,
    OverflowError,
    UnicodeDecodeError,
    ValueError,
    struct.error,
)
"""What zipfile raises on damaged tables of contents."""

_LOCAL = struct.Struct("<4s5H3I2H")
_SIGNATURE = b"PK\x03\x04"
_WIDE = 0xFFFFFFFF  # the true size stands in the zip64 extra field
_WIDE_FIELD = 0x0001
_ENCRYPTED, _SIZES_FOLLOW = 0x1, 0x8  # flag bits
_STORED, _DEFLATED, _ZSTANDARD = 0, 8, 93


@dataclass(frozen=True, slots=True)
class Member:
    """Where one member of an archive is.

    Attributes:
        name: its path inside the archive.
        start: the offset of its local header.
        packed: its size in the archive, in bytes.
        unpacked: its size when unpacked.
        method: 0 stored, 8 deflate, 93 zstd.
        flags: the zip flag bits.
        checksum: CRC-32 of the unpacked bytes.
    """

    name: str
    start: int
    packed: int
    unpacked: int
    method: int
    flags: int
    checksum: int


def find(stream: BinaryIO) -> tuple[dict[str, Member], list[Omission]]:
    """All members by name, in the order of the archive, and what could not be told of some.

    A name that occurs twice stands for its last member (Inspect appends when it rewrites); the earlier
    one is listed. Without a table of contents (the writer was killed) the members are found one after
    the other, up to the first that is cut off.
    """
    omissions: list[Omission] = []
    try:
        with zipfile.ZipFile(stream) as archive:
            listed = [_listed(info) for info in archive.infolist()]
    except BROKEN_ARCHIVE:
        listed = _scan(stream, omissions)
    found: dict[str, Member] = {}
    for member in listed:
        if member.name in found:
            omissions.append(
                Omission(
                    f"member {member.name}", OmissionReason.DUPLICATE, "written again later; the last is read"
                )
            )
            del found[member.name]  # keep the order of what is read
        found[member.name] = member
    return found, omissions


def _listed(info: zipfile.ZipInfo) -> Member:
    sizes = (info.compress_size, info.file_size)
    return Member(info.filename, info.header_offset, *sizes, info.compress_type, info.flag_bits, info.CRC)


def _scan(stream: BinaryIO, omissions: list[Omission]) -> list[Member]:
    end = stream.seek(0, 2)
    found: list[Member] = []
    start = 0
    while start + _LOCAL.size <= end:
        member, after = _local(stream, start)
        if member is None:
            break
        if member.flags & _SIZES_FOLLOW or after > end:
            seen = "cut off" if after > end else "its size is not told, and all after it cannot be found"
            omissions.append(Omission(f"member {member.name}", OmissionReason.UNREADABLE_MEMBER, seen))
            break
        found.append(member)
        start = after
    return found


def _local(stream: BinaryIO, start: int) -> tuple[Member | None, int]:
    """The member whose header is at `start`, and where the next begins."""
    stream.seek(start)
    header = stream.read(_LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(_SIGNATURE):
        return None, start
    _, _, flags, method, _, _, checksum, packed, unpacked, name_size, extra_size = _LOCAL.unpack(header)
    name = stream.read(name_size)
    extra = stream.read(extra_size)
    if _WIDE in (packed, unpacked):
        packed, unpacked = _wide_sizes(extra, packed, unpacked)
    after = start + _LOCAL.size + name_size + extra_size + packed
    return Member(name.decode("utf-8", "replace"), start, packed, unpacked, method, flags, checksum), after


def _wide_sizes(extra: bytes, packed: int, unpacked: int) -> tuple[int, int]:
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<2H", extra)
        if kind == _WIDE_FIELD and size >= 16 and len(extra) >= 20:
            unpacked, packed = struct.unpack_from("<2Q", extra, 4)
            break
        extra = extra[4 + size :]
    return packed, unpacked


def unpack(stream: BinaryIO, member: Member) -> bytes:
    """The bytes of one member, checked against its size and checksum.

    Raises:
        ValueError: it is damaged, encrypted, too large or packed in an unknown way; half a sentence.
    """
    if member.flags & _ENCRYPTED:
        raise ValueError("it is encrypted")
    if max(member.packed, member.unpacked) > LARGEST_MEMBER:
        largest = max(member.packed, member.unpacked)
        raise ValueError(f"it has {largest:,} bytes, more than the {LARGEST_MEMBER:,} that are read")
    stream.seek(member.start)
    header = stream.read(_LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(_SIGNATURE):
        raise ValueError("there is no member where the table of contents says so")
    name_size, extra_size = _LOCAL.unpack(header)[-2:]
    stream.seek(name_size + extra_size, 1)
    packed = stream.read(member.packed)
    if len(packed) < member.packed:
        raise ValueError("it is cut off")
    plain = _inflate(packed, member.method, member.unpacked)
    if len(plain) != member.unpacked or zlib.crc32(plain) != member.checksum:
        raise ValueError("its bytes are damaged (size or checksum differ)")
    return plain


def _inflate(packed: bytes, method: int, size: int) -> bytes:
    """At most `size` + 1 bytes, so that a member that lies about its size costs nothing."""
    if method == _STORED:
        return packed
    if method == _DEFLATED:
        try:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, size + 1)
        except zlib.error:
            raise ValueError("its deflate stream is damaged") from None
    if method == _ZSTANDARD:
        try:
            return _unpack_frames(packed, size)
        except zstd.ZstdError:
            raise ValueError("its zstd frames are damaged") from None
    raise ValueError(f"it is packed with method {method}; known are 0, 8 and 93")


def _unpack_frames(packed: bytes, size: int) -> bytes:
    # A large member holds several frames one after the other.
    rest = memoryview(packed)
    frames: list[bytes] = []
    room = size + 1
    while rest and room > 0:
        if len(frames) == MOST_FRAMES:
            raise ValueError(f"it is packed in more than {MOST_FRAMES:,} frames")
        length = zstd.get_frame_size(rest)
        plain = zstd.ZstdDecompressor().decompress(rest[:length], room)
        frames.append(plain)
        room -= len(plain)
        rest = rest[length:]
    return frames[0] if len(frames) == 1 else b"".join(frames)
