"""Fills the settings from flags, the environment and a TOML file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from mien.errors import SettingsError
from mien.settings.schema import Settings

PREFIX = "MIEN__"
"""Begins the environment variables that are settings; MIEN_CACHE and MIEN_DATA are none."""


def load(config: Path | None = None, *, environment: bool = True, **flags: Any) -> Settings:
    """Fill the settings from flags, environment and TOML file.

    Parameters
    ----------
    config
        TOML file; None reads none.
    environment
        Whether environment variables count.
    **flags
        Values by key, sections as dictionaries; those that are None do not count.

    Raises
    ------
    SettingsError
        If the file is missing or is not TOML, a key is unknown, or a value is out of range.
    """
    # Costs 0.2 s that `mien --help` does not need.
    import tomllib

    from pydantic_settings import (
        BaseSettings,
        PydanticBaseSettingsSource,
        SettingsConfigDict,
        TomlConfigSettingsSource,
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
            file = TomlConfigSettingsSource(settings_cls, config)
            return (init_settings, env_settings, file) if environment else (init_settings, file)

    if config is not None and not config.is_file():
        raise SettingsError(
            f"Expected settings in {config}, found no such file.",
            "Name a TOML file such as the config.toml that comes with mien.",
        )
    try:
        return Source(**_given(flags))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"Expected TOML in {config}, got something else: {error}.",
            "Compare it with the config.toml that comes with mien.",
        ) from error
    except ValidationError as error:
        raise SettingsError(_explain(error), _right_ones(error)) from error


def _given(flags: dict[str, Any]) -> dict[str, Any]:
    """Drop what is None, in sections too."""
    return {
        key: _given(value) if isinstance(value, dict) else value
        for key, value in flags.items()
        if value is not None
    }


def _explain(error: ValidationError) -> str:
    """Say in a sentence each what was wrong with which key."""
    parts = []
    for detail in error.errors():
        key = ".".join(str(part) for part in detail["loc"])
        if detail["type"] == "extra_forbidden":
            parts.append(f"There is no setting {key!r}.")
        else:
            parts.append(f"Setting {key!r} is {detail['input']!r}: {detail['msg']}.")
    return " ".join(parts)


def _right_ones(error: ValidationError) -> str:
    """Name the keys of each section in which an unknown one stood."""
    unknown = {d["loc"][:-1] for d in error.errors() if d["type"] == "extra_forbidden"}
    if not unknown:
        return "Mend the value in config.toml, in the flag or in the MIEN__... variable."
    parts = []
    for place in sorted(unknown, key=str):
        model: type[BaseModel] = Settings
        for part in place:
            model = type(model.model_fields[str(part)].default)
        keys = [field.alias or name for name, field in model.model_fields.items()]
        where = ".".join(str(part) for part in place)
        parts.append(f"Known{f' in [{where}]' if where else ''}: {', '.join(keys)}.")
    return " ".join(parts)
