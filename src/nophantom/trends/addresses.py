"""Web addresses: their parts, and one spelling for all spellings of a page. PURE."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes


class Address(NamedTuple):
    """A web address in its parts; the host in lower case, without `www.`, user and port."""

    host: str
    port: str
    path: str
    query: str
    fragment: str


_ADDRESS = re.compile(r"\s*https?://([^/?#\s]+)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE | re.DOTALL)
_DEFAULT_PORTS = frozenset({"", "80", "443"})
_LONGEST_HOST = 253
# What miniflux takes off, and what the feeds of the large publishers add themselves.
_TRACKING = re.compile(
    r"(?:(?:utm|mtm|itm|hmb)_.*|pk_.*|hsa_.*|campaign_(?:id|medium|name|source|term|content)"
    r"|fbclid|fb_(?:action_ids|action_types|ref|source|comment_id)|gclid|dclid|gbraid|wbraid|gclsrc|srsltid|msclkid"
    r"|ys?clid|_openstat|twclid|igshid|wickedid|mc_(?:cid|eid|tc)|_hs(?:enc|mi)|__hs(?:sc|tc|fp)|hsctatracking"
    r"|rb_clickid|oly_(?:anon|enc)_id|vero_(?:id|conv)|mkt_tok|sc_cid|_bhlid|_branch_(?:match_id|referrer)"
    r"|__readwiselocation|__twitter_impression|amp_(?:js_v|gsa|tf|ct)|usqp|ref(?:_.*|errer)?|ftag|cmpid|ncid|smid|guccounter|guce_.*)",
    re.IGNORECASE,
)
# A page for telephones is the same page. `amp.dev` and `m.me` are names of their own: something must be left.
_FOR_TELEPHONES = re.compile(
    r"(?:(?:m|mobile|amp|www)\.)+(?!(?:ac|co|com|edu|gov|net|org)\.[a-z]{2}$)(?=[^.]+\.[^.])"
)
_SAME_HOST = dict.fromkeys(
    ("old.reddit.com", "new.reddit.com", "np.reddit.com", "i.reddit.com"), "reddit.com"
)
_AMP_PARAMETER = re.compile(r"amp(?:=(?:1|true)?)?|outputtype=amp", re.IGNORECASE)
# "/amp" at the end is the light page only behind a headline or a file; `github.com/zorb/amp` is a name.
_AMP_ENDING = re.compile(
    r"((?:/[^/]*-[^/]*-[^/]*|/[^/]*\.(?:html?|php|aspx?)|/\d+))(?:/amp)+$", re.IGNORECASE
)
# Caches of light pages, with the page behind `s/` (of an http page the `s` is missing).
_CACHED = re.compile(r"/(?:amp|[cv])/(?:s/)?([^/]+\.[^/]+(?:/.*)?)", re.DOTALL)
_NAMES_IN_PATH = frozenset({"github.com", "gitlab.com", "codeberg.org", "bitbucket.org", "huggingface.co"})
# Where a language in the address shows the same page in a translation, not another page.
_LANGUAGE_IN_PATH = frozenset(
    {
        "developer.mozilla.org",
        "support.mozilla.org",
        "learn.microsoft.com",
        "docs.microsoft.com",
        "support.microsoft.com",
        "docs.github.com",
    }
)
_LANGUAGE = re.compile(r"(?:/(?:cs|de|en|es|fr|it|ja|ko|nl|pl|pt|ru|sv|tr|zh)(?:-[A-Za-z]{2,4})?(?=/|$))+")
_LANGUAGE_IN_QUERY = frozenset(
    {
        "developers.google.com",
        "cloud.google.com",
        "support.google.com",
        "firebase.google.com",
        "developer.android.com",
        "tensorflow.org",
        "ai.google.dev",
    }
)
_CHINESE_SCRIPT = re.compile(r"/zh(?:-[a-z]+)?/")
_PERCENT = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def parse_address(url: str) -> Address | None:
    """The parts of a web address, or None for anything else.

    >>> parse_address("HTTP://www.Example.org:80/a?b#c")
    Address(host='example.org', port='', path='/a', query='b', fragment='c')
    >>> parse_address("item?id=25014592") is None
    True
    """
    found = _ADDRESS.match(url)
    if found is None:
        return None
    place, path, query, fragment = found.groups("")
    host, port = place.lower(), ""
    if "@" in host:
        host = host.rpartition("@")[2]
    if ":" in host and not host.endswith("]"):
        host, _, port = host.rpartition(":")
    host = host.removeprefix("www.").rstrip(".")
    if not host.isascii():
        host = _as_punycode(host)
    if not host or len(host) > _LONGEST_HOST:
        return None
    return Address(
        host, "" if port in _DEFAULT_PORTS else port, path.rstrip(), query.rstrip(), fragment.rstrip()
    )


def _as_punycode(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:  # an empty or overlong label: no name, but still the same text each time
        return host


def canonical_address(address: Address) -> str:
    """One spelling for all spellings of an address, so that the same page is one document.

    The scheme (http is https), `www.`, default ports, user names, a slash at the end, the order of the query and
    parameters that only track readers are no part of it. Neither is the fragment, but for those by which a page
    shows different documents (`#!` and `#/`). The page for telephones is the page, and so is its translation on the
    few hosts that are known to show nothing else in another language; the encyclopaedias write theirs anew.

    >>> canonical_address(parse_address("http://www.a.org/b/?y=2&utm_source=rss&x=%7e1#top"))
    'https://a.org/b?x=~1&y=2'
    >>> canonical_address(parse_address("https://en.m.wikipedia.org/wiki/Zorb"))
    'https://en.wikipedia.org/wiki/Zorb'
    """
    host = plain_host(address.host)
    while host == "google.com" or host.endswith(".cdn.ampproject.org"):
        behind = _behind_cache(address)
        if behind is None:
            break
        address, host = behind, plain_host(behind.host)
    path = _plain_path(host, _normal_escapes(address.path).rstrip("/"))
    query = _plain_query(host, address.query) if address.query else ""
    fragment = f"#{_normal_escapes(address.fragment)}" if address.fragment[:1] in {"!", "/"} else ""
    return f"https://{host}{':' if address.port else ''}{address.port}{path}{query}{fragment}"


def _behind_cache(address: Address) -> Address | None:
    found = _CACHED.fullmatch(address.path)
    behind = parse_address(f"https://{found[1]}") if found else None
    return behind._replace(query=address.query, fragment=address.fragment) if behind else None


def plain_host(host: str) -> str:
    """A host without what makes it the one for telephones.

    >>> plain_host("mobile.example.org"), plain_host("zh.m.wikipedia.org"), plain_host("amp.dev")
    ('example.org', 'zh.wikipedia.org', 'amp.dev')
    """
    if host[0] in "maw" and (found := _FOR_TELEPHONES.match(host)):
        host = host[found.end() :]
    if ".m.wiki" in host:
        host = host.replace(".m.wiki", ".wiki")
    return _SAME_HOST.get(host, host)


def _plain_path(host: str, path: str) -> str:
    if path[-4:].lower() == "/amp" and host not in _NAMES_IN_PATH:
        path = _AMP_ENDING.sub(r"\1", path)
    if host in _LANGUAGE_IN_PATH:
        return _LANGUAGE.sub("", path, count=1) if _LANGUAGE.match(path) else path
    if host == "zh.wikipedia.org":
        return _CHINESE_SCRIPT.sub("/wiki/", path, count=1) if _CHINESE_SCRIPT.match(path) else path
    return path


def _plain_query(host: str, query: str) -> str:
    kept = [
        part
        for part in query.split("&")
        if part and not _TRACKING.fullmatch(part.partition("=")[0]) and not _AMP_PARAMETER.fullmatch(part)
    ]
    if host in _LANGUAGE_IN_QUERY:
        kept = [part for part in kept if not part.startswith("hl=")]
    return "?" + "&".join(sorted(map(_normal_escapes, kept))) if kept else ""


def _normal_escapes(text: str) -> str:
    """Escapes in upper case, none where none is needed, and everything outside of ASCII escaped."""
    if "%" in text:
        text = _PERCENT.sub(_normal_escape, text)
    return text if text.isascii() and " " not in text else quote(text, safe="%/:?#[]@!$&'()*+,;=~\"<>\\^`{|}")


def _normal_escape(found: re.Match[str]) -> str:
    character = unquote_to_bytes(found[0]).decode("latin-1")
    return character if character in _UNRESERVED else f"%{found[1].upper()}"
