"""Explains in sentences what is wrong with settings."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from mien.errors import SettingsError, did_you_mean
from mien.settings.renamed import renamed
from mien.settings.schema import Settings

Path = tuple[str, ...]
"""The place of a setting: its sections from the outermost, then its key."""


def explain(error: ValidationError) -> SettingsError:
    """Turn pydantic's errors into one of mien's, a sentence for each.

    Parameters
    ----------
    error
        What the validation of `Settings` raised.
    """
    unknown, invalid = [], []
    for detail in error.errors():
        path = tuple(str(part) for part in detail["loc"])
        if detail["type"] == "extra_forbidden":
            unknown += _renamed_within(path, detail["input"]) or [path]
        else:
            what = f"Setting {'.'.join(path)!r}"
            invalid.append((path, describe_value(what, detail)))
    if unknown:
        return explain_unknown(unknown)
    problem = " ".join(sentence for _, sentence in invalid)
    variable = _variable(invalid[0][0])
    fix = f"Correct {variable or 'it in the call or in the TOML file'}."
    return SettingsError(problem, fix, _key(invalid[0][0]))


def explain_unknown(paths: Sequence[Path]) -> SettingsError:
    """Return an error about settings that do not exist, with their new names or similar ones."""
    problems, fixes = [], []
    for path in paths:
        problem, fix = _unknown(path)
        problems.append(problem)
        variable = _variable(path)
        fixes += [fix] if fix not in fixes else []
        fixes += [f"It comes from {variable}."] if variable else []
    return SettingsError(" ".join(problems), " ".join(fixes))


def explain_variable(name: str) -> SettingsError | None:
    """Return an error about an environment variable that is nearly one of mien's, or None.

    Parameters
    ----------
    name
        A variable that begins with ``MIEN_`` and would be ignored.
    """
    known = ["MIEN_CACHE", *(_name_of_variable(path) for path in _paths())]
    hint = did_you_mean(name, known)
    if not hint:
        return None
    return SettingsError(f"Unknown environment variable {name}.", hint)


def _name_of_variable(path: Sequence[str]) -> str:
    """Return the environment variable of a setting, such as ``"MIEN__TRAIN__EPOCHS"``."""
    return "MIEN__" + "__".join(path).upper()


def _variable(path: Path) -> str:
    """Name the environment variable that gives a setting; "" if none does."""
    name = _name_of_variable(path)
    there = name in (variable.upper() for variable in os.environ)
    return f"the environment variable {name}" if there else ""


def _unknown(path: Path) -> tuple[str, str]:
    """Return what is wrong with the name of a setting, and how to fix it."""
    name, new = ".".join(path), renamed(path)
    if new is not None and len(path) == 1:
        return f"Section [{name}] is now called [{new[0]}].", "Use the new name."
    if new is not None:
        return f"Setting {name!r} is now called {'.'.join(new)!r}.", "Use the new name."
    problem = f"Unknown setting {name!r}."
    elsewhere = [".".join(known) for known in _paths() if known[-1] == path[-1]]
    hint = did_you_mean(path[-1], _keys(path[:-1])) if not elsewhere else ""
    hint = hint or (did_you_mean(name, elsewhere) if len(path) > 1 else "")
    return problem, hint or _alternatives(path[:-1], elsewhere)


def _alternatives(sections: Path, elsewhere: Sequence[str]) -> str:
    """Name the settings of the same name in other sections, or all of this section."""
    if elsewhere:
        return f"Did you mean {' or '.join(map(repr, elsewhere))}?"
    place = f" in [{'.'.join(sections)}]" if sections else ""
    return f"Known{place}: {', '.join(_keys(sections))}."


def _renamed_within(path: Path, value: object) -> list[Path]:
    """List an old section's old keys after the section itself."""
    if renamed(path) is None or not isinstance(value, dict):
        return []
    keys = [(*path, str(key)) for key in value]
    return [path, *(key for key in keys if (renamed(key) or key)[-1] != key[-1])]


def describe_value(what: str, detail: Mapping[str, Any]) -> str:
    """Say what is wrong with one value, and which choice may be meant.

    Parameters
    ----------
    what
        The setting or flag that has it, such as ``"Setting 'train.epochs'"``.
    detail
        What pydantic says of it: an item of ``ValidationError.errors()``.
    """
    reason = str(detail["msg"]).partition(", unable to parse")[0]
    for start in ("Input should", "String should"):
        reason = reason.replace(start, "it should", 1)
    sentence = f"{what} is {detail['input']!r}: {reason}."
    if detail["type"] != "literal_error":
        return sentence
    choices = detail["ctx"]["expected"].replace(" or ", ", ").replace("'", "").split(", ")
    return f"{sentence} {did_you_mean(str(detail['input']), choices)}".strip()


def _section(path: Path) -> type[BaseModel]:
    """Return the model of a section; that of all settings if the section is unknown."""
    model: type[BaseModel] = Settings
    for part in path:
        field = model.model_fields.get(part)
        if field is None or not isinstance(field.default, BaseModel):
            return Settings
        model = type(field.default)
    return model


def _keys(sections: Path) -> list[str]:
    """List the keys of a section as a TOML file spells them."""
    return [info.alias or name for name, info in _section(sections).model_fields.items()]


def _key(path: Path) -> str:
    """Return the name of a setting's field, which may be spelled differently in a TOML file."""
    for name, info in _section(path[:-1]).model_fields.items():
        if path[-1] == info.alias:
            return name
    return path[-1]


def _paths() -> Iterator[Path]:
    """List all settings."""
    for name, info in Settings.model_fields.items():
        if isinstance(info.default, BaseModel):
            yield from ((name, key) for key in _keys((name,)))
        else:
            yield (name,)
