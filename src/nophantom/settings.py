"""Settings, read once by a door and passed on as values: arguments, then environment, then `nophantom.toml`."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from nophantom.errors import InvalidInput

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
"""Where every door finds what brings the tables up to date."""

_SECRET = frozenset({"token", "api_key", "github_token"})


class Settings(BaseSettings):
    """Where NoPhantom keeps what it knows.

    Attributes:
        home: folder of the embedded database and of the raw answers; NOPHANTOM_HOME.
        database: address of a Postgres server (or another SQLite file) for the tables; NOPHANTOM_DATABASE.
        token: what programs must send to write through the API; NOPHANTOM_TOKEN. None lets nobody write.
        api_key: what model servers are sent; NOPHANTOM_API_KEY, else OPENAI_API_KEY. None sends none.
        github_token: what GitHub is sent; NOPHANTOM_GITHUB_TOKEN, else GITHUB_TOKEN. None asks as a stranger may.
        contact: where owners of sources can complain of us, an address of the web or of mail; NOPHANTOM_CONTACT.
        allowed_hosts: hosts, host:port or networks of one's own that sources may lead to; NOPHANTOM_ALLOWED_HOSTS, as
            a JSON list.
        keep_days: days for which bodies of answers are kept; NOPHANTOM_KEEP_DAYS. 0 keeps none.
        searxng: address of one's own SearXNG; NOPHANTOM_SEARXNG. None asks none.
        leads_per_day: questions to it; NOPHANTOM_LEADS_PER_DAY.
    """

    model_config = SettingsConfigDict(
        env_prefix="NOPHANTOM_",
        toml_file="nophantom.toml",
        frozen=True,
        extra="forbid",
        env_ignore_empty=True,
    )

    home: Path = Path(".nophantom")
    database: str | None = None
    token: SecretStr | None = None
    api_key: SecretStr | None = None
    github_token: SecretStr | None = None
    contact: str | None = None
    allowed_hosts: tuple[str, ...] = ()
    keep_days: float = Field(default=14, ge=0)
    searxng: str | None = None
    leads_per_day: int = Field(default=100, ge=0)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What was said on the command line wins over the environment, and that over the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def database_url(self) -> str:
        """The address of the tables."""
        return self.database or f"sqlite:///{self.home / 'nophantom.db'}"

    @property
    def blobs_folder(self) -> Path:
        """Where raw answers are kept."""
        return self.home / "blobs"

    @property
    def bodies_folder(self) -> Path:
        """Where what sources sent is kept for a time."""
        return self.home / "bodies"


def read_settings(*, home: Path | None = None, database: str | None = None) -> Settings:
    """All settings; what is given here wins.

    Raises:
        InvalidInput: the file is no TOML, or a setting is unknown or wrong.
    """
    given = {name: value for name, value in (("home", home), ("database", database)) if value is not None}
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
    except tomllib.TOMLDecodeError as problem:
        raise InvalidInput(f"nophantom.toml is no TOML: {problem}. Mend or remove it.") from None
    except ValidationError as problem:
        first = problem.errors()[0]
        name = ".".join(map(str, first["loc"])) or "nophantom.toml"
        seen = "what is not shown" if name in _SECRET else repr(first["input"])
        raise InvalidInput(
            f"the setting {name!r} is wrong: {first['msg'].lower()}; saw {seen}. It comes from "
            "nophantom.toml or the environment (NOPHANTOM_HOME, NOPHANTOM_DATABASE, NOPHANTOM_TOKEN)."
        ) from None
    # Tokens under the names that other programs give them.
    usual = {"api_key": "OPENAI_API_KEY", "github_token": "GITHUB_TOKEN"}
    there = {
        name: SecretStr(told)
        for name, variable in usual.items()
        if getattr(settings, name) is None and (told := os.environ.get(variable, "").strip())
    }
    return settings.model_copy(update=there) if there else settings
