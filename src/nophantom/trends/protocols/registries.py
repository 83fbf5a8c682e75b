"""Registries of packages: what to ask them, and when the first version of a package appeared. PURE.

Each tells it in a way of its own. Those that do not tell it (Maven, NuGet, the Go proxy ...) are not here: their pages
are asked, and without a date there is no document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nophantom.trends.addresses import Address, parse_address
from nophantom.trends.documents import Kind
from nophantom.trends.exchange import Answer
from nophantom.trends.native_things import NativeThing, native_id_of
from nophantom.trends.packages import Package, page_of_package
from nophantom.trends.protocols.answers import Sent, json_of
from nophantom.trends.protocols.told import NativeSource, Told, json_at, no_such_thing, within

_NOWHERE = Address("", "", "", "", "")


def _package(
    name: tuple[str, ...] | None, about: tuple[str | int, ...], created: Callable[[object], str | None]
) -> Callable[[NativeThing, Answer], Told]:
    """Reads an answer whose name, description and day of the first version stand at these places.

    Args:
        name: None where the answer does not repeat the name that was asked for.
        about: of the description.
        created: gives the day.
    """

    def read(thing: NativeThing, answer: Answer) -> Told:
        value = json_of(answer)
        called = within(value, *name) if name else thing.name
        page = page_of_package(Package(thing.space, str(called)))
        found = native_id_of(parse_address(page) or _NOWHERE)
        if not value or found is None or found.native_id != thing.native_id:
            raise no_such_thing(thing, f"the source tells of {called!r} instead")
        summary, day = within(value, *about), created(value)
        title = f"{called}: {summary}" if isinstance(summary, str) and summary.strip() else str(called)
        return Told(
            Sent(thing.native_id, title, day, "", page, None, Kind.PACKAGE, thing.native_id, is_plain=True)
        )

    return read


def _at(*names: str | int) -> Callable[[object], str | None]:
    return lambda value: word if isinstance(word := within(value, *names), str) else None


def _earliest(dates: Iterable[object]) -> str | None:
    return min((text for text in dates if isinstance(text, str)), default=None)


def _pypi_created(value: object) -> str | None:
    releases = within(value, "releases")
    uploads = releases.values() if isinstance(releases, dict) else []
    files = [file for upload in uploads if isinstance(upload, list) for file in upload]
    return _earliest(within(file, "upload_time_iso_8601") for file in files)


def _gems_created(value: object) -> str | None:
    return _earliest(within(version, "created_at") for version in value) if isinstance(value, list) else None


def _pub_created(value: object) -> str | None:
    versions = within(value, "versions")
    return _earliest(within(v, "published") for v in versions) if isinstance(versions, list) else None


REGISTRY_SOURCES = {
    "pypi": NativeSource(
        json_at("https://pypi.org/pypi/{}/json"),
        _package(("info", "name"), ("info", "summary"), _pypi_created),
    ),
    "npm": NativeSource(
        json_at("https://registry.npmjs.org/{}", escaped=True),
        _package(("name",), ("description",), _at("time", "created")),
    ),
    "crates": NativeSource(
        json_at("https://crates.io/api/v1/crates/{}"),
        _package(("crate", "name"), ("crate", "description"), _at("crate", "created_at")),
    ),
    "rubygems": NativeSource(
        json_at("https://rubygems.org/api/v1/versions/{}.json"),
        _package(None, (0, "summary"), _gems_created),
    ),
    "packagist": NativeSource(
        json_at("https://packagist.org/packages/{}.json"),
        _package(("package", "name"), ("package", "description"), _at("package", "time")),
    ),
    "hex": NativeSource(
        json_at("https://hex.pm/api/packages/{}"),
        _package(("name",), ("meta", "description"), _at("inserted_at")),
    ),
    "pub": NativeSource(
        json_at("https://pub.dev/api/packages/{}"),
        _package(("name",), ("latest", "pubspec", "description"), _pub_created),
    ),
    "docker": NativeSource(
        json_at("https://hub.docker.com/v2/repositories/{}/"),
        _package(None, ("description",), _at("date_registered")),
    ),
}
"""By what stands before the colon of a native id."""
