"""Fills the settings from flags, the environment and a TOML file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mien.arguments import checked
from mien.errors import SettingsError
from mien.settings.errors import explain, explain_unknown, explain_variable
from mien.settings.schema import Settings

PREFIX = "MIEN__"
"""Starts the environment variables that are settings."""

_OTHERS = ("MIEN_CACHE", "MIEN_DATA")
"""The folder for caches, and that of the data sets for mien's own tests."""


@checked
def load(config: str | Path | None = None, *, environment: bool = True, **flags: Any) -> Settings:
    """Fill the settings from flags, environment and TOML file.

    Parameters
    ----------
    config
        TOML file; None reads no file.
    environment
        Whether environment variables count.
    **flags
        Values by key, sections as dictionaries; None counts as not given.

    Raises
    ------
    SettingsError
        If the file does not exist or is not TOML, a setting is unknown or has been renamed, or
        a value is out of range.
    """
    table = {} if config is None else _read_toml(Path(config))
    if environment:
        _check_environment()
    try:
        return _source(table, environment)(**_without_none(flags))
    except ValidationError as error:
        raise explain(error) from error


def _read_toml(config: Path) -> dict[str, Any]:
    import tomllib

    if not config.is_file():
        what = "is a folder" if config.is_dir() else "does not exist"
        raise SettingsError(
            f"The settings file {config} {what}.",
            "Name a TOML file such as the config.toml in mien's source folder.",
            "config",
        )
    try:
        return tomllib.loads(config.read_bytes().decode())
    # A number of thousands of digits is a ValueError of its own; deep nesting, a RecursionError.
    except (ValueError, RecursionError) as error:
        raise SettingsError(
            f"{config} is not valid TOML: {error}.",
            "Compare it with the config.toml in mien's source folder.",
            "config",
        ) from error
    except OSError as error:
        raise SettingsError(
            f"Cannot read {config}: {error.strerror or error}.", "Check its permissions.", "config"
        ) from error


def _source(table: dict[str, Any], environment: bool) -> type[Settings]:
    """Make a class that fills `Settings` from outside when called."""
    # Slow to import, and not needed by `mien --help`.
    from pydantic_settings import (
        BaseSettings,
        InitSettingsSource,
        PydanticBaseSettingsSource,
        SettingsConfigDict,
    )

    class Source(Settings, BaseSettings):
        """`Settings`, filled from outside."""

        model_config = SettingsConfigDict(
            extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__"
        )

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            file = InitSettingsSource(settings_cls, table)
            return (init_settings, env_settings, file) if environment else (init_settings, file)

    return Source


def _check_environment() -> None:
    """Refuse variables of no section, which pydantic-settings would ignore in silence."""
    ours = sorted(name for name in os.environ if name.upper().startswith("MIEN_"))
    names = [name for name in ours if name.upper().startswith(PREFIX)]
    paths = [tuple(name[len(PREFIX) :].lower().split("__")) for name in names]
    unknown = [path for path in paths if path[0] not in Settings.model_fields]
    if unknown:
        raise explain_unknown(unknown)
    for name in ours:
        error = None if name in (*names, *_OTHERS) else explain_variable(name)
        if error is not None:
            raise error


def _without_none(flags: dict[str, Any]) -> dict[str, Any]:
    """Drop what is None, in sections too."""
    return {
        key: _without_none(value) if isinstance(value, dict) else value
        for key, value in flags.items()
        if value is not None
    }
