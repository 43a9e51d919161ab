"""Reads what is searched from a TOML table, and puts it before optuna."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, get_args

from optuna.trial import Trial
from pydantic import ValidationError

from mien import nets
from mien.errors import SettingsError
from mien.nets import Choice, FloatRange, IntRange, Range, Space
from mien.settings import TrainSettings
from mien.training.run import FILES

HELD = ("net", "out", "name", "subset", "monitor", "seed", "threads", "devices", "nodes", *FILES)
"""Settings that are never searched: what is learnt, from what, and how it is judged."""

_WHERE = "Mend it in [tune.space]"


def read_space(train: TrainSettings, table: Mapping[str, Any], fixed: set[str]) -> Space:
    """Say what is searched: the network's own ranges, those of a table in their place.

    Parameters
    ----------
    train
        How every trial trains but for what is searched.
    table
        Ranges by setting: ``{low, high}`` with ``log`` or ``step``, or a list of choices.
    fixed
        Settings that are not searched after all.

    Raises
    ------
    NetError
        If there is no such network, or it has not an option that is searched.
    SettingsError
        If a setting is unknown, its range is empty, or a value in it is out of range.
    """
    space = {**nets.entry(train.net).space}
    for key, value in table.items():
        space[key] = _read(key, value)
    space = {key: found for key, found in space.items() if key not in fixed}
    if not space:
        raise SettingsError(
            "Expected something to search, but every setting is held fixed.",
            "Leave one of the flags out, or add a range to [tune.space].",
        )
    for key, found in space.items():
        for value in _examples(found):
            _check_value(train, key, value)
    return space


def searched() -> list[str]:
    """Name the settings that can be searched."""
    return [key for key in TrainSettings.model_fields if key not in HELD]


def suggest(trial: Trial, key: str, found: Range) -> None:
    """Let optuna draw one value, unless the trial repeats another that has it."""
    if isinstance(found, FloatRange):
        trial.suggest_float(key, found.low, found.high, log=found.log)
    elif isinstance(found, IntRange):
        trial.suggest_int(key, found.low, found.high, step=found.step)
    else:
        trial.suggest_categorical(key, found.values)


def _read(key: str, value: object) -> Range:
    """Read one range of the table."""
    if key not in searched():
        raise SettingsError(
            f"There is no setting {key!r} to search in [tune.space].",
            f"Known: {', '.join(searched())}.",
        )
    try:
        return _range(key, value)
    except SettingsError as error:
        raise SettingsError(f"[tune.space] {key}: {error.problem}", error.fix) from error


def _range(key: str, value: object) -> Range:
    if isinstance(value, list | tuple):
        if not all(isinstance(each, bool | int | float | str) for each in value):
            raise SettingsError(f"Expected plain values, got {value!r}.", f"{_WHERE}.")
        return Choice(tuple(value))
    if not isinstance(value, dict):
        raise SettingsError(
            f"Expected a range or a list of choices, got {value!r}.",
            f"Write {key} = {{low = ..., high = ...}}, or {key} = [{value}] for this one value.",
        )
    return _between(_kind(key), value)


def _kind(key: str) -> type[FloatRange] | type[IntRange]:
    """Tell whether a setting is of whole numbers."""
    annotation = TrainSettings.model_fields[key].annotation
    parts = {annotation, *get_args(annotation)}
    # An option that may be unset carries its limits along: Annotated[int, ...] | None.
    inner = {get_args(part)[0] for part in parts if get_args(part)}
    return IntRange if int in parts | inner else FloatRange


def _between(kind: type[FloatRange] | type[IntRange], ends: dict[str, object]) -> Range:
    """Make a range of a table's keys, each of the type that it must have."""
    fields = {field.name: field for field in dataclasses.fields(kind)}
    unknown = [key for key in ends if key not in fields]
    missing = [key for key in ("low", "high") if key not in ends]
    if unknown or missing:
        raise SettingsError(
            f"Expected the keys {', '.join(fields)}, of which the last may be left out,"
            f" got {', '.join(ends) or 'none'}.",
            f"{_WHERE}.",
        )
    for key, value in ends.items():
        whole = isinstance(value, int) and not isinstance(value, bool)
        fits = {"bool": isinstance(value, bool), "int": whole}
        if not fits.get(str(fields[key].type), whole or isinstance(value, float)):
            raise SettingsError(
                f"Expected {key} to be of the type {fields[key].type}, got {value!r}.",
                f"{_WHERE}.",
            )
    # Each value was checked against its field just now.
    return kind(**ends)  # type: ignore[arg-type]


def _examples(found: Range) -> tuple[nets.Value, ...]:
    """Give the values of a range that stand for all others in it."""
    return (found.low, found.high) if isinstance(found, FloatRange) else found.values


def _check_value(train: TrainSettings, key: str, value: nets.Value) -> None:
    """Refuse a value with which no training could start."""
    try:
        made = TrainSettings(**{**train.model_dump(), key: value})
    except ValidationError as error:
        raise SettingsError(
            f"[tune.space] {key} reaches {value!r}: {error.errors()[0]['msg']}.",
            f"{_WHERE} or in the network's own space.",
        ) from error
    nets.options(train.net, made.model_dump())
