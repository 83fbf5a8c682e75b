from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.errors import InvalidInput
from nophantom.outbound.targets import Target, bare, basic, led_on, password_of, target


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://Example.org", Target("http", "example.org", 80, "/")),
        ("HTTPS://example.org:8443/a?b=c#d", Target("https", "example.org", 8443, "/a?b=c")),
        ("http://[::1]:80/x", Target("http", "::1", 80, "/x")),
        ("https://münchen.example/straße?q=ü", None),
        ("https://me:secret@example.org/", Target("https", "example.org", 443, "/")),
        ("http://example.org/a b", Target("http", "example.org", 80, "/a%20b")),
        ("http://example.org?x=1", Target("http", "example.org", 80, "/?x=1")),
    ],
)
def test_an_address_is_taken_apart_as_it_goes_over_the_wire(url: str, parts: Target | None) -> None:
    found = target(url)
    assert all(part.isascii() for part in (found.scheme, found.host, found.path))
    assert parts is None or found == parts
    assert target(found.url) == found


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://",
        "http://[::1",
        "http://a:x/",
        "no",
    ],
)
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="an address begins with"):
        target(url)


@given(text=st.text(max_size=60))
def test_whatever_others_wrote_is_an_address_or_refused(text: str) -> None:
    for url in (text, f"http://{text}", f"http://example.org/{text}"):
        try:
            found = target(url)
        except InvalidInput:
            continue
        assert found.host
        assert (found.host + found.path).isascii()
        assert set(" \r\n").isdisjoint(found.host + found.path)
    bare(text)
    password_of(text)
    led_on("http://example.org/", text)


def test_a_password_is_found_decoded_and_left_out() -> None:
    url = "https://me:p%40ss@example.org/feed"
    assert password_of(url) == ("me", "p@ss")
    assert password_of("https://example.org/@me") is None
    assert bare(url) == "https://example.org/feed"
    assert bare("https://example.org/@me") == "https://example.org/@me"
    assert basic("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="  # the example of RFC 7617


def test_a_redirect_may_be_relative_and_outside_of_ascii() -> None:
    assert led_on("https://a.example/x/y?z", "/feed") == "https://a.example/feed"
    assert led_on("https://a.example/x", "//b.example/feed#top") == "https://b.example/feed"
    assert led_on("https://a.example/", "/caf\xc3\xa9") == "https://a.example/café"  # UTF-8, read as Latin-1
    assert led_on("https://a.example/", "https://me:secret@b.example/") == "https://b.example/"
    assert led_on("https://a.example/", "http://[::1") == ""
