"""Draws how a tuning went: accuracy by trial, which settings mattered, and how they combine."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from mien.figures import (
    INK,
    KINDS,
    ONE,
    SOFT,
    VALIDATION,
    new_figure,
    save,
    strip_axes,
    title,
    whole_numbers,
)
from mien.files import replace
from mien.nets import Choice, FloatRange, Range, Space, Value
from mien.tuning.space import varied
from mien.tuning.trial import FIX
from mien.tuning.trials import ranked
from mien.words import counted, spaced

MIN_TRIALS = 8
"""Complete trials that it takes for the importance of settings to be drawn."""

_HISTORY, _PARALLEL, _IMPORTANCE = "history", "parallel", "importance"

FIGURES = tuple(
    f"{name}{kind}" for name in (_HISTORY, _PARALLEL, _IMPORTANCE) for kind in KINDS
)
"""Names of all files that `draw_figures` may write."""

_RELIABLE = 50
"""Complete trials of which the best tenth, which PED-ANOVA looks at, are five."""


def draw_figures(
    study: optuna.Study, space: Space, out: Path, say: Callable[[str], None]
) -> None:
    """Draw history, importance and parallel coordinates, each as PNG and SVG.

    Parameters
    ----------
    study
        The tuning; without a complete trial nothing is drawn.
    space
        What was searched.
    out
        Folder for the files.
    say
        Called with a sentence if there are too few trials for a figure.
    """
    trials = study.get_trials(deepcopy=False)
    complete = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    if not complete:
        say("No figures were drawn, since no trial is complete.")
        return
    _write(history(trials), out / _HISTORY)
    _write(parallel(complete, space), out / _PARALLEL)
    if len(complete) < MIN_TRIALS:
        say(
            f"The importance of the settings was not drawn: it takes {MIN_TRIALS} complete trials,"
            f" and there are {len(complete)}."
        )
        return
    weights = optuna.importance.get_param_importances(study)
    _write(importance(weights, len(complete)), out / _IMPORTANCE)


def history(trials: Sequence[FrozenTrial]) -> Any:
    """Draw each finished trial's accuracy, and the best one so far."""
    figure = new_figure(8, 4)
    axes = figure.add_subplot()
    done = [trial for trial in trials if trial.value is not None]
    complete = [trial for trial in done if trial.state == TrialState.COMPLETE]
    pruned = [trial for trial in done if trial.state == TrialState.PRUNED]
    numbers, bests, best = [], [], 0.0
    for trial in complete:
        best = max(best, trial.value or 0)
        numbers.append(trial.number)
        bests.append(best)
    # The line goes on to the last trial.
    axes.step([*numbers, done[-1].number], [*bests, best], where="post", color=VALIDATION,
              label="best")  # fmt: skip
    for some, marker, colour, label in (
        (complete, "o", VALIDATION, "complete"),
        (pruned, "x", SOFT, "pruned, at its last epoch"),
    ):
        if some:
            axes.plot(
                [trial.number for trial in some],
                [trial.value for trial in some],
                marker,
                color=colour,
                markersize=5,
                label=label,
            )
    axes.set(xlabel="trial", ylabel="validation accuracy")
    whole_numbers(axes, [0, done[-1].number])
    axes.grid(alpha=0.3)
    strip_axes(axes)
    axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 1), ncols=3)
    title(axes, counted(len(done), "trial"))
    return figure


def importance(weights: Mapping[str, float], trials: int) -> Any:
    """Draw how much each setting mattered for being among the best."""
    figure = new_figure(8, 0.9 + 0.34 * len(weights))
    axes = figure.add_subplot()
    names = sorted(weights, key=lambda name: weights[name])
    bars = axes.barh([spaced(name) for name in names], [weights[name] for name in names], color=ONE)
    axes.bar_label(bars, fmt="{:.0%}", padding=3, color=INK)
    axes.margins(x=0.08, y=0.02)
    axes.xaxis.set_visible(False)
    strip_axes(axes, "top", "right", "bottom", "left")
    hint = "" if trials >= _RELIABLE else f"; only a hint, below {_RELIABLE}"
    title(axes, "What distinguished the best trials")
    axes.annotate(
        f"PED-ANOVA of {trials} trials{hint}",
        (0, 0),
        (0, -6),
        xycoords="axes fraction",
        textcoords="offset points",
        va="top",
        color=SOFT,
        fontsize=9,
    )
    return figure


def parallel(trials: Sequence[FrozenTrial], space: Space) -> Any:
    """Draw each trial as a line through its settings' values, coloured by its accuracy."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    names = varied(space)
    figure = new_figure(max(6, 1.15 * len(names) + 1.6), 4.6)
    axes = figure.add_subplot()
    values = [trial.value or 0 for trial in trials]
    scale = Normalize(min(values), max(values))
    best, *others = ranked(trials)
    for trial in (*reversed(others), best):
        heights = [_height(space[name], trial.params[name]) for name in names]
        axes.plot(
            range(len(names)),
            heights,
            color=colormaps["viridis_r"](scale(trial.value or 0)),
            linewidth=3 if trial is best else 1.2,
            alpha=1 if trial is best else 0.7,
            marker="o" if trial is best or len(names) == 1 else "",
        )
    for place, name in enumerate(names):
        _mark_axis(axes, place, space[name])
    axes.set_xticks(range(len(names)), [spaced(name).replace(" ", "\n") for name in names])
    axes.set_xlim(-0.3, len(names) - 0.3)
    axes.yaxis.set_visible(False)
    strip_axes(axes, "top", "right", "bottom", "left")
    bar = figure.colorbar(ScalarMappable(scale, "viridis_r"), ax=axes, pad=0.01)
    bar.set_label("validation accuracy")
    bar.outline.set_visible(False)
    several = sum(trial.value == best.value for trial in trials) > 1
    bold = "the first of the best in bold" if several else "the best one in bold"
    title(axes, f"{counted(len(trials), 'complete trial')}, {bold}")
    return figure


def short(value: Value) -> str:
    """Write a value with three digits."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _height(values: Range, value: Value) -> float:
    """Place a value between 0, the low end of its range, and 1."""
    if isinstance(values, Choice):
        return values.values.index(value) / max(1, len(values.values) - 1)
    assert not isinstance(value, str)
    if isinstance(values, FloatRange) and values.log:
        return math.log(value / values.low) / math.log(values.high / values.low)
    return (value - values.low) / (values.high - values.low)


def _mark_axis(axes: Any, place: int, values: Range) -> None:
    """Draw one setting's axis, with its ends or its choices beside it."""
    axes.axvline(place, color=SOFT, linewidth=0.8, zorder=0)
    marks = values.values if isinstance(values, Choice) else (values.low, values.high)
    for value in marks:
        axes.text(
            place + 0.05,
            _height(values, value),
            short(value),
            va="center",
            fontsize=8,
            color=INK,
            # Readable where lines cross it.
            bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 0.6},
        )


def _write(figure: Any, path: Path) -> None:
    for kind in KINDS:
        replace(path.with_suffix(kind), partial(_save, figure, kind), FIX)


def _save(figure: Any, kind: str, part: Path) -> None:
    save(figure, part, kind)
