"""Packages: which page of a registry is about which, under one spelling of its name. PURE."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple


class Package(NamedTuple):
    """A package of a registry.

    Attributes:
        ecosystem: whose packages they are, as in "pypi".
        name: in the one spelling for all that the registry takes for the same.
    """

    ecosystem: str
    name: str


class _Shelf(NamedTuple):
    """Where a registry shows its packages: the path with the name in the group that matches."""

    ecosystem: str
    path: re.Pattern[str]
    spelling: Callable[[str], str] = str


_RUN = re.compile(r"[-_.]+")
_MODULE = re.compile(r"(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)/[^/]+/[^/]+")
_MAJOR = re.compile(r"/v[0-9]+$")


def _pypi(name: str) -> str:
    # PEP 503: runs of - _ . are one hyphen
    return _RUN.sub("-", name).lower()


def _crate(name: str) -> str:
    # Two crates whose names differ by these alone cannot be.
    return name.lower().replace("_", "-")


def _module(path: str) -> str:
    # On the forges a module is a repository; what follows is a package inside of it.
    found = _MODULE.match(path)
    return found[0] if found else _MAJOR.sub("", path)


def _image(name: str) -> str:
    return name.replace("_/", "library/", 1) if name.startswith("_/") else name


def _shelf(ecosystem: str, path: str, spelling: Callable[[str], str] = str) -> _Shelf:
    return _Shelf(ecosystem, re.compile(path), spelling)


_PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_WORD = rf"({_PART})"
_REST = r"(?:/.*)?"
_SCOPED = r"((?:@[A-Za-z0-9._~-]{1,100}/)?[A-Za-z0-9._~-]{1,214})"
_PYPI = _shelf("pypi", rf"/(?:project|pypi|p)/{_WORD}{_REST}", _pypi)
_NPM = _shelf("npm", rf"/package/{_SCOPED}{_REST}")
_CRATES = _shelf("crates", rf"/crates/{_WORD}{_REST}", _crate)
_MAVEN = _shelf("maven", rf"/artifact/({_PART}/{_PART}){_REST}")
_SHELVES = {
    "pypi.org": _PYPI,
    "pypi.python.org": _PYPI,
    "npmjs.com": _NPM,
    "npmjs.org": _NPM,
    "crates.io": _CRATES,
    "lib.rs": _CRATES,
    "rubygems.org": _shelf("rubygems", rf"/gems/{_WORD}{_REST}"),
    "packagist.org": _shelf("packagist", rf"/packages/({_PART}/{_PART}){_REST}", str.lower),
    "nuget.org": _shelf("nuget", rf"/packages/{_WORD}{_REST}", str.lower),
    "hex.pm": _shelf("hex", rf"/packages/{_WORD}{_REST}", str.lower),
    "hackage.haskell.org": _shelf("hackage", rf"/package/([A-Za-z0-9-]*?[A-Za-z0-9])(?:-[0-9.]+)?{_REST}"),
    "pkg.go.dev": _shelf("go", r"/([a-z0-9-]+(?:\.[a-z0-9-]+)+/[^@?]+?)(?:@.*)?/?", _module),
    "pub.dev": _shelf("pub", rf"/packages/{_WORD}{_REST}", str.lower),
    "jsr.io": _shelf("jsr", rf"/(@[a-z0-9-]+/[a-z0-9-]+)(?:@.*|{_REST})"),
    "hub.docker.com": _shelf("docker", rf"/(?:r/({_PART}/{_PART})|(_/{_PART})){_REST}", _image),
    "formulae.brew.sh": _shelf("homebrew", rf"/formula/([A-Za-z0-9@+._-]{{1,100}}){_REST}"),
    "metacpan.org": _shelf("cpan", rf"/dist/{_WORD}{_REST}"),
    "central.sonatype.com": _MAVEN,
    "mvnrepository.com": _MAVEN,
}
_PAGES = {
    "pypi": "https://pypi.org/project/{}/",
    "npm": "https://www.npmjs.com/package/{}",
    "crates": "https://crates.io/crates/{}",
    "rubygems": "https://rubygems.org/gems/{}",
    "packagist": "https://packagist.org/packages/{}",
    "nuget": "https://www.nuget.org/packages/{}",
    "hex": "https://hex.pm/packages/{}",
    "hackage": "https://hackage.haskell.org/package/{}",
    "go": "https://pkg.go.dev/{}",
    "pub": "https://pub.dev/packages/{}",
    "jsr": "https://jsr.io/{}",
    "docker": "https://hub.docker.com/r/{}",
    "homebrew": "https://formulae.brew.sh/formula/{}",
    "cpan": "https://metacpan.org/dist/{}",
    "maven": "https://central.sonatype.com/artifact/{}",
}
ECOSYSTEMS = frozenset(_PAGES)
"""Whose packages have a page of their own."""
REGISTRIES = frozenset(_SHELVES)
"""Hosts whose pages are looked at, without `www.`."""


def package_at(host: str, path: str) -> Package | None:
    """The package that a page of a registry is about; None for its other pages.

    Args:
        host: without `www.`, in lower case.
        path: without escapes.

    >>> package_at("pypi.org", "/project/Zorb_Blax/1.0/")
    Package(ecosystem='pypi', name='zorb-blax')
    >>> package_at("pkg.go.dev", "/github.com/zorb/blax/v2@v2.1.0/inner")
    Package(ecosystem='go', name='github.com/zorb/blax')
    """
    shelf = _SHELVES.get(host)
    found = shelf.path.fullmatch(path) if shelf else None
    return Package(shelf.ecosystem, shelf.spelling(found[found.lastindex or 1])) if shelf and found else None


def page_of_package(package: Package) -> str:
    """The address of the page about a package.

    >>> page_of_package(Package("npm", "@zorb/blax"))
    'https://www.npmjs.com/package/@zorb/blax'
    """
    return _PAGES[package.ecosystem].format(package.name)
