"""Brings together what is known of each network."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from mien.errors import DataError
from mien.evaluation.predictions import Predictions
from mien.evaluation.results import Epoch, Part, Robustness, RunCard, Scores

_Part = TypeVar("_Part", bound=Part)

_FIX = "Write one with: mien evaluate DATA --json FILE.json."
_ROBUSTNESS = {"net", "clean", "corruptions"}
"""Keys that tell a result of mien.evaluation.robustness."""


@dataclasses.dataclass(frozen=True)
class Training:
    """What a run folder holds."""

    name: str
    """The folder's name."""
    epochs: tuple[Epoch, ...]
    """One an epoch; empty where none is finished."""
    card: RunCard | None
    """None where the run is not finished."""
    recipe: dict[str, Any]
    """The training settings as run."""


@dataclasses.dataclass(frozen=True)
class Subject:
    """What is known of one network."""

    name: str
    """The network's, or that of the run where nothing else is known."""
    scores: Scores | None = None
    robustness: Robustness | None = None
    training: Training | None = None
    predictions: Predictions | None = None
    folder: Path = Path()
    """Where the scores lie, from which they name their predictions."""

    @property
    def split(self) -> str:
        """The split that was scored, in words."""
        return in_words(self.scores.split if self.scores else None)


def in_words(split: str | None) -> str:
    """Name a split as a reader knows it."""
    if split is None:
        return "the faces that were scored"
    return {
        "all": "all faces of the data",
        "train": "the Training faces",
        "public": "PublicTest",
        "private": "PrivateTest",
        "test": "the test faces",
    }.get(split, f"the split {split}")


def read_training(
    name: str, rows: Sequence[dict[str, float]], card: Any, recipe: dict[str, Any]
) -> Training:
    """Check what a run folder holds.

    Parameters
    ----------
    name
        The folder's name.
    rows
        Of metrics.csv.
    card
        Of card.json, or None where the run is not finished.
    recipe
        The training settings as run.

    Raises
    ------
    DataError
        If a key is missing or its value is of another kind.
    """
    fix = "Train it again, or name another run."
    epochs = tuple(_checked(Epoch, row, f"metrics.csv of the run {name}", fix) for row in rows)
    checked = None if card is None else _checked(RunCard, card, f"card.json of the run {name}", fix)
    return Training(name, epochs, checked, recipe if checked is None else checked.recipe)


def join(files: Sequence[Path], trainings: Sequence[Training]) -> list[Subject]:
    """Bring together what files and run folders say of the same network.

    A run belongs to the network that is called as its folder.

    Parameters
    ----------
    files
        JSON of mien evaluate, one network or a list; or results of robustness alone.
    trainings
        Of run folders.

    Returns
    -------
    list
        One `Subject` a network: those with scores first, in the order given.

    Raises
    ------
    DataError
        If a file cannot be read or holds something else, or two say the same of a network.
    """
    found = [(file, part) for file in files for part in _read(file)]
    subjects: dict[str, Subject] = {}
    for file, part in found:
        if isinstance(part, Scores):
            _refuse_two(part.net in subjects, "hold scores", part.net, file)
            subjects[part.net] = Subject(
                part.net, part, part.robustness, folder=file.parent
            )
    for file, part in found:
        if isinstance(part, Robustness):
            subject = subjects.get(part.net, Subject(part.net))
            _refuse_two(subject.robustness is not None, "hold corruptions", part.net, file)
            subjects[part.net] = dataclasses.replace(subject, robustness=part)
    for training in trainings:
        subject = subjects.get(training.name, Subject(training.name))
        _refuse_two(subject.training is not None, "are runs", training.name, None)
        subjects[training.name] = dataclasses.replace(subject, training=training)
    return list(subjects.values())


def _refuse_two(twice: bool, what: str, name: str, file: Path | None) -> None:
    if twice:
        where = f", the second being {file}" if file else ""
        raise DataError(f"Two inputs {what} of {name}{where}.", "Name each network once.")


def _read(file: Path) -> Iterable[Scores | Robustness]:
    """Read a file of scores of one network or more."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"Cannot read {file}: {error.strerror or error}.", _FIX) from error
    # Deep nesting is no ValueError, and no scores either.
    except (ValueError, RecursionError) as error:
        raise DataError(f"Expected scores as JSON in {file}, got something else.", _FIX) from error
    entries = content if isinstance(content, list) else [content]
    if not entries:
        raise DataError(f"{file} holds no scores, but an empty list.", _FIX)
    return [_entry(entry, file) for entry in entries]


def _entry(entry: Any, file: Path) -> Scores | Robustness:
    keys = set(entry) if isinstance(entry, dict) else set()
    if keys >= _ROBUSTNESS:
        return _checked(Robustness, entry, str(file), _FIX)
    if not keys >= {"net", "accuracy", "confusion"}:
        raise DataError(
            f"Expected scores of mien evaluate in {file}, found"
            f" {'JSON with the keys ' + ', '.join(sorted(keys)[:5]) if keys else 'other JSON'}.",
            _FIX,
        )
    return _checked(Scores, entry, str(file), _FIX)


def _checked(kind: type[_Part], content: Any, where: str, fix: str) -> _Part:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"Cannot use {key or 'the whole'} in {where}: {first['msg'].rstrip('.')}.", fix
        ) from error
