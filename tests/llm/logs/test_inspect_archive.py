from __future__ import annotations

import io
import struct
import sys
import zipfile
import zlib

import pytest

from nophantom.llm.logs import inspect_archive
from nophantom.llm.logs.inspect_archive import Member, find, unpack
from nophantom.llm.logs.records import OmissionReason

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def _packed(plain: bytes, packed: bytes, method: int, /, **changed: int) -> tuple[io.BytesIO, Member]:
    """One member alone, and where it is."""
    fields = {
        "packed": len(packed),
        "unpacked": len(plain),
        "flags": 0,
        "checksum": zlib.crc32(plain),
    } | changed
    member = Member(
        "a.json", 0, fields["packed"], fields["unpacked"], method, fields["flags"], fields["checksum"]
    )
    header = struct.pack(
        "<4s5H3I2H", b"PK\x03\x04", 20, member.flags, method, 0, 0, member.checksum, 0, 0, 6, 4
    )
    return io.BytesIO(header + b"a.json" + b"\0\0\0\0" + packed), member


def _archive(*entries: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, plain in entries:
            if name in archive.namelist():
                with pytest.warns(UserWarning, match="Duplicate name"):
                    archive.writestr(name, plain)
            else:
                archive.writestr(name, plain)
    return stream.getvalue()


def _without_contents(archive: bytes) -> bytes:
    return archive[: archive.index(b"PK\x01\x02")]


def test_stored_deflated_and_zstd_members_are_read() -> None:
    plain = b'{"id": 1}' * 1_000
    deflate = zlib.compressobj(wbits=-15)
    for method, packed in (
        (0, plain),
        (8, deflate.compress(plain) + deflate.flush()),
        (93, zstd.compress(plain)),
    ):
        assert unpack(*_packed(plain, packed, method)) == plain


def test_several_zstd_frames_are_one_member() -> None:
    parts = [b"first " * 100, b"", b"second " * 100]
    packed = b"".join(zstd.compress(part) for part in parts)
    assert unpack(*_packed(b"".join(parts), packed, 93)) == b"".join(parts)


@pytest.mark.parametrize(
    ("packed", "method", "changed", "said"),
    [
        (b"plain", 0, {"flags": 1}, "encrypted"),
        (b"plain", 0, {"checksum": 7}, "damaged"),
        (b"plain", 0, {"packed": 99}, "cut off"),
        (b"\xff\xff", 8, {}, "deflate stream is damaged"),
        (b"nonsense", 93, {}, "zstd frames are damaged"),
        (zstd.compress(b"plain")[:-1], 93, {}, "damaged"),
        (zstd.compress(b"plain") + b"rest", 93, {}, "damaged"),
        (b"plain", 12, {}, "method 12"),
    ],
)
def test_a_member_that_cannot_be_trusted_is_refused(
    packed: bytes, method: int, changed: dict[str, int], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        unpack(*_packed(b"plain", packed, method, **changed))


def test_a_member_that_says_it_is_huge_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect_archive, "LARGEST_MEMBER", 1_000)
    with pytest.raises(ValueError, match="1,001 bytes, more than the 1,000"):
        unpack(*_packed(b"plain", b"plain", 0, unpacked=1_001))


@pytest.mark.parametrize("method", [8, 93])
def test_a_bomb_that_lies_about_its_size_is_stopped_at_that_size(method: int) -> None:
    plain = bytes(50_000_000)
    deflate = zlib.compressobj(wbits=-15)
    packed = zstd.compress(plain) if method == 93 else deflate.compress(plain) + deflate.flush()
    with pytest.raises(ValueError, match="damaged"):
        unpack(*_packed(plain, packed, method, unpacked=10))


def test_endless_empty_frames_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect_archive, "MOST_FRAMES", 100)
    assert unpack(*_packed(b"", zstd.compress(b"") * 100, 93)) == b""
    with pytest.raises(ValueError, match="more than 100 frames"):
        unpack(*_packed(b"", zstd.compress(b"") * 101, 93))


def test_an_offset_that_points_nowhere_is_refused() -> None:
    stream, member = _packed(b"plain", b"plain", 0)
    for start in (3, 10_000):
        elsewhere = Member(member.name, start, 5, 5, 0, 0, member.checksum)
        with pytest.raises(ValueError, match="no member where"):
            unpack(stream, elsewhere)


def test_the_last_of_two_members_with_one_name_is_read_and_the_other_listed() -> None:
    stream = io.BytesIO(_archive(("a.json", b"old"), ("b.json", b"other"), ("a.json", b"new")))
    found, omissions = find(stream)
    assert [unpack(stream, member) for member in found.values()] == [b"other", b"new"]
    assert [(omission.place, omission.reason) for omission in omissions] == [
        ("member a.json", OmissionReason.DUPLICATE)
    ]


def test_members_are_found_without_a_table_of_contents() -> None:
    stream = io.BytesIO(_without_contents(_archive(("a.json", b"one"), ("b.json", b"two"))))
    found, omissions = find(stream)
    assert {name: unpack(stream, member) for name, member in found.items()} == {
        "a.json": b"one",
        "b.json": b"two",
    }
    assert omissions == []


def test_the_member_that_was_being_written_when_the_run_was_killed_is_listed() -> None:
    whole = _without_contents(_archive(("a.json", b"one"), ("b.json", b"two" * 100)))
    found, omissions = find(io.BytesIO(whole[:-3]))
    assert list(found) == ["a.json"]
    assert [(omission.place, omission.reason, omission.seen) for omission in omissions] == [
        ("member b.json", OmissionReason.UNREADABLE_MEMBER, "cut off")
    ]


def test_a_member_whose_size_follows_it_ends_the_search() -> None:
    stream, _ = _packed(b"plain", b"plain", 0, flags=8)
    found, omissions = find(stream)
    assert found == {}
    assert "size is not told" in omissions[0].seen


def test_wide_sizes_are_found_without_a_table_of_contents() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, archive.open("a.json", "w", force_zip64=True) as member:
        member.write(b"plain")
    cut = io.BytesIO(_without_contents(stream.getvalue()))
    found, _ = find(cut)
    assert unpack(cut, found["a.json"]) == b"plain"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip at all", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive_has_no_members(data: bytes) -> None:
    assert find(io.BytesIO(data)) == ({}, [])
