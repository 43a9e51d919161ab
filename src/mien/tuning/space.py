"""Reads what is searched from a TOML table, and lets optuna draw from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any, get_args

from optuna.trial import Trial
from pydantic import ValidationError

from mien import nets
from mien.errors import SettingsError, did_you_mean
from mien.nets import Choice, FloatRange, IntRange, Range, Space
from mien.settings import TrainSettings
from mien.settings.renamed import renamed
from mien.training.run import FILES

_JUDGING = ("subset", "validation", "monitor", "seed")
_READING = ("image_size", "colour", *FILES)
_COMPUTING = ("compile", "threads", "devices", "nodes")

NEVER_SEARCHED = ("net", "out", "name", *_JUDGING, *_READING, *_COMPUTING)
"""Settings of what is trained, from what, on what machine, and of how it is judged."""

_FIX = "Correct it in [tune.space]"


def read_space(train: TrainSettings, table: Mapping[str, Any], fixed: Collection[str]) -> Space:
    """Return what is searched: the network's own ranges, some of them replaced.

    Parameters
    ----------
    train
        How every trial trains, except for what is searched.
    table
        Ranges by setting that replace the network's own: ``{low, high}`` with ``log`` or
        ``step``, or a list of choices.
    fixed
        Settings that are not searched after all.

    Raises
    ------
    NetError
        If there is no such network, or it does not have an option that is searched.
    SettingsError
        If a setting is unknown, its range is empty, or a value in it is out of range.
    """
    space = {**nets.entry(train.net).space}
    for key, value in table.items():
        space[key] = _read(key, value)
    space = {key: values for key, values in space.items() if key not in fixed}
    if not space:
        raise SettingsError(
            "Expected something to search, but every setting is fixed.",
            "Fix one setting fewer, or add a range to [tune.space].",
        )
    for key, values in space.items():
        for value in _examples(values):
            _check_value(train, key, value)
    return space


def searchable() -> list[str]:
    """List the settings that can be searched."""
    return [key for key in TrainSettings.model_fields if key not in NEVER_SEARCHED]


def varied(space: Space) -> list[str]:
    """List the settings that have more than one value to choose from."""
    return [
        name
        for name, values in space.items()
        if not isinstance(values, Choice) or len(values.values) > 1
    ]


def suggest(trial: Trial, key: str, values: Range) -> None:
    """Let optuna draw one value, unless the trial repeats another that has it."""
    if isinstance(values, FloatRange):
        trial.suggest_float(key, values.low, values.high, log=values.log)
    elif isinstance(values, IntRange):
        trial.suggest_int(key, values.low, values.high, step=values.step)
    else:
        trial.suggest_categorical(key, values.values)


def _read(key: str, value: object) -> Range:
    """Read one range of the table."""
    if key not in searchable():
        raise _unknown(key)
    try:
        return _range(key, value)
    except SettingsError as error:
        raise SettingsError(f"[tune.space] {key}: {error.problem}", error.fix, "space") from error


def _unknown(key: str) -> SettingsError:
    """Return an error about a key that cannot be searched, with its new or right name."""
    new = renamed(("tune", "space", key))
    if new is not None:
        problem = f"Setting 'tune.space.{key}' is now called {'.'.join(new)!r}."
        return SettingsError(problem, "Use the new name.")
    hint = did_you_mean(key, searchable()) or f"Known: {', '.join(searchable())}."
    if key in NEVER_SEARCHED:
        return SettingsError(f"The setting {key!r} in [tune.space] cannot be searched.", hint)
    return SettingsError(f"There is no setting {key!r} to search in [tune.space].", hint)


def _range(key: str, value: object) -> Range:
    """Read a range or a list of choices."""
    if isinstance(value, list | tuple):
        if not all(isinstance(choice, bool | int | float | str) for choice in value):
            raise SettingsError(f"Expected plain values, got {value!r}.", f"{_FIX}.")
        return Choice(tuple(value))
    if not isinstance(value, dict):
        raise SettingsError(
            f"Expected a range or a list of choices, got {value!r}.",
            f"Write {key} = {{low = ..., high = ...}}, or {key} = [{value}] for this one value.",
        )
    return _between(_kind(key), value)


def _kind(key: str) -> type[FloatRange] | type[IntRange]:
    """Return the kind of range of a setting, by the type of its values."""
    annotation = TrainSettings.model_fields[key].annotation
    parts = {annotation, *get_args(annotation)}
    # An option that may be unset carries its limits along: Annotated[int, ...] | None.
    inner = {get_args(part)[0] for part in parts if get_args(part)}
    return IntRange if int in parts | inner else FloatRange


def _between(kind: type[FloatRange] | type[IntRange], ends: dict[str, object]) -> Range:
    """Make a range of a table's keys, after checking them and their types."""
    fields = {field.name: field for field in dataclasses.fields(kind)}
    unknown = [key for key in ends if key not in fields]
    missing = [key for key in ("low", "high") if key not in ends]
    if unknown or missing:
        raise SettingsError(
            f"Expected the keys {', '.join(fields)}, of which the last is optional,"
            f" got {', '.join(ends) or 'none'}.",
            f"{_FIX}.",
        )
    for key, value in ends.items():
        whole = isinstance(value, int) and not isinstance(value, bool)
        fits = {"bool": isinstance(value, bool), "int": whole}
        if not fits.get(str(fields[key].type), whole or isinstance(value, float)):
            raise SettingsError(
                f"Expected {key} to be of the type {fields[key].type}, got {value!r}.",
                f"{_FIX}.",
            )
    # Each value was checked against its field just now.
    return kind(**ends)  # type: ignore[arg-type]


def _examples(values: Range) -> tuple[nets.Value, ...]:
    """Return the values of a range that stand for all others in it."""
    return (values.low, values.high) if isinstance(values, FloatRange) else values.values


def _check_value(train: TrainSettings, key: str, value: nets.Value) -> None:
    """Refuse a value with which no training could start."""
    try:
        changed = TrainSettings(**{**train.model_dump(), key: value})
    except ValidationError as error:
        raise SettingsError(
            f"[tune.space] {key} reaches {value!r}: {error.errors()[0]['msg']}.",
            f"{_FIX} or in the network's own space.",
            "space",
        ) from error
    nets.options(train.net, changed.model_dump())
