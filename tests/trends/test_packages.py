"""Packages: one spelling for all names that a registry takes for the same."""

from __future__ import annotations

import pytest

from nophantom.trends.packages import REGISTRIES, Package, package_at, page_of_package


@pytest.mark.parametrize(
    ("host", "path", "package"),
    [
        ("pypi.org", "/project/Zorb--Blax._x", Package("pypi", "zorb-blax-x")),
        ("crates.io", "/crates/Zorb_Blax", Package("crates", "zorb-blax")),
        ("npmjs.com", "/package/Zorb.Stream", Package("npm", "Zorb.Stream")),
        ("rubygems.org", "/gems/Zorb", Package("rubygems", "Zorb")),
        ("hackage.haskell.org", "/package/zorb2-blax-0.1.2.3/docs", Package("hackage", "zorb2-blax")),
        ("pkg.go.dev", "/zorb.example/blax/v3", Package("go", "zorb.example/blax")),
    ],
)
def test_names_are_folded_as_their_registry_folds_them(host: str, path: str, package: Package) -> None:
    assert package_at(host, path) == package


@pytest.mark.parametrize(
    "path", ["/", "", "/help", "/project", "/packages", "/search", "/about/x", "/package/"]
)
def test_other_pages_of_a_registry_are_about_no_package(path: str) -> None:
    assert [host for host in REGISTRIES if package_at(host, path)] == []
    assert package_at("a.example", "/project/zorb") is None


def test_the_page_of_a_package_is_about_it() -> None:
    page = page_of_package(Package("maven", "org.zorb/blax"))
    assert page == "https://central.sonatype.com/artifact/org.zorb/blax"
    assert package_at("central.sonatype.com", "/artifact/org.zorb/blax") == Package("maven", "org.zorb/blax")
