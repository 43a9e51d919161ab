"""Scores networks on spoilt faces, for the commands that offer it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mien.errors import SettingsError, require
from mien.settings import EvaluateSettings

if TYPE_CHECKING:
    from mien.data import Samples
    from mien.perception.classifier import Classifier

_ELSEWHERE = "Name another file with --figure."


def prepare(wanted: EvaluateSettings) -> None:
    """Refuse what cannot be measured or drawn, before any work is done for it.

    Raises
    ------
    SettingsError
        If a corruption or severity is unknown, or the figure has nothing to show or no place.
    MissingExtraError
        If a figure is asked for and matplotlib is not installed.
    """
    from mien.files import make_folder

    if wanted.corrupt is not None:
        _names(wanted.corrupt)
        _severities(wanted.severities)
    if wanted.figure is None:
        return
    if wanted.corrupt is None:
        raise SettingsError(
            "--figure draws the scores on spoilt faces, which were not asked for.",
            "Add --corrupt all.",
        )
    if wanted.net == "all":
        raise SettingsError(
            "--figure shows one network, and --net is all.", "Name one network with --net."
        )
    if wanted.figure.suffix.lower() != ".png":
        raise SettingsError(
            f"Expected a PNG for the figure, got {wanted.figure}.", "Use --figure NAME.png."
        )
    require("matplotlib.figure", "train")
    make_folder(wanted.figure.parent, _ELSEWHERE)


def score_spoilt(
    classifier: Classifier, picked: Samples, wanted: EvaluateSettings
) -> dict[str, Any]:
    """Score a network under the corruptions asked for, and draw them where a figure was named.

    Returns
    -------
    dict
        What `mien.evaluation.robustness.robustness` gives.
    """
    from mien.evaluation.heatmap import draw_heatmap
    from mien.evaluation.robustness import robustness
    from mien.files import replace

    assert wanted.corrupt is not None
    names, severities = _names(wanted.corrupt), _severities(wanted.severities)
    with progress() as tell:
        result = robustness(classifier, picked, names, severities, wanted.corrupt_seed, tell)
    if wanted.figure is not None:
        replace(wanted.figure, lambda part: draw_heatmap(result, part), _ELSEWHERE)
    return result


@contextmanager
def progress() -> Iterator[Callable[[int, int], object] | None]:
    """Show on stderr how far the scoring is, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Scoring spoilt faces", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _names(text: str) -> tuple[str, ...]:
    """Read the corruptions that were asked for."""
    from mien.evaluation.corruptions import NAMES, check

    names = NAMES if text.strip() == "all" else _parts(text)
    if not names:
        raise SettingsError("No corruption was named.", "Use --corrupt all, or noise,blur.")
    for name in names:
        check(name, 1)
    return names


def _severities(text: str) -> tuple[int, ...]:
    """Read the severities that were asked for."""
    from mien.evaluation.corruptions import SEVERITIES

    allowed = {str(severity): severity for severity in SEVERITIES}
    parts = _parts(text)
    if not parts or not set(parts) <= set(allowed):
        raise SettingsError(
            f"Expected severities from 1 to 5 with commas, got {text!r}.", "Use for example 1,3,5."
        )
    return tuple(allowed[part] for part in parts)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
