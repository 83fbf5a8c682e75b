from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.outbound.unpacking import Garbled, Overflow, Unpacking


def unpack(encoding: str, packed: bytes, *, largest: int = 10**6, step: int = 7) -> bytes:
    body = Unpacking(encoding, largest)
    for start in range(0, len(packed), step):
        body.take(packed[start : start + step])
    return body.whole()


def raw_deflate(data: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(data) + packing.flush()


@given(data=st.binary(max_size=2_000), step=st.integers(1, 3_000))
def test_every_packing_in_pieces_of_any_size_gives_the_body_back(data: bytes, step: int) -> None:
    assert unpack("", data, step=step) == data
    assert unpack("gzip", gzip.compress(data), step=step) == data
    assert unpack("X-GZIP", gzip.compress(data), step=step) == data
    assert unpack("deflate", zlib.compress(data), step=step) == data


def test_deflate_without_its_head_is_understood() -> None:
    text = b"news " * 100
    assert unpack("deflate", raw_deflate(text)) == text


def test_a_body_of_several_members_is_one_body_and_padding_is_not_read() -> None:
    two = gzip.compress(b"one, ") + gzip.compress(b"two")
    assert unpack("gzip", two, step=10_000) == b"one, two"
    assert unpack("gzip", two + b"\0" * 64, step=10_000) == b"one, two"


@given(size=st.integers(0, 3_000), largest=st.integers(0, 3_000), step=st.integers(1, 4_000))
def test_a_body_passes_up_to_the_cap_and_not_a_byte_beyond(size: int, largest: int, step: int) -> None:
    for encoding, packed in (("", b"x" * size), ("gzip", gzip.compress(b"x" * size))):
        if size <= largest:
            assert unpack(encoding, packed, largest=largest, step=step) == b"x" * size
        else:
            with pytest.raises(Overflow) as over:
                unpack(encoding, packed, largest=largest, step=step)
            assert over.value.content == b"x" * largest


def test_a_bomb_is_stopped_before_it_takes_memory() -> None:
    bomb = gzip.compress(b" " * 60_000_000, 9)
    tracemalloc.start()
    with pytest.raises(Overflow):
        unpack("gzip", bomb, largest=1_000_000, step=65_536)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 6_000_000


def test_a_packed_body_that_ends_early_is_no_body() -> None:
    with pytest.raises(EOFError):
        unpack("gzip", gzip.compress(b"news " * 100)[:-9])


def test_a_body_that_is_not_packed_although_it_says_so_is_taken_as_it_is() -> None:
    assert unpack("gzip", b"<rss></rss>") == b"<rss></rss>"


def test_damage_and_packings_that_nobody_asked_for_are_told() -> None:
    packed = bytearray(gzip.compress(bytes(range(256)) * 20))
    packed[40] ^= 0xFF
    with pytest.raises(Garbled, match="damaged"):
        unpack("gzip", bytes(packed))
    for encoding in ("br", "zstd", "gzip, gzip"):
        with pytest.raises(Garbled, match="nobody asked for"):
            Unpacking(encoding, 10)
