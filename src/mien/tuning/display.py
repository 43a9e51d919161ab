"""Shows the progress of a tuning: a live table of the best trials, or a line for each trial."""

from __future__ import annotations

import io
from collections.abc import Sequence

from optuna.trial import FrozenTrial, TrialState
from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from mien.nets import Space
from mien.tuning.figures import short
from mien.tuning.space import varied
from mien.tuning.trials import FINISHED, Trials, ranked
from mien.words import counted, spaced

ROWS = 10
"""Best trials in the table."""

_UNITS = ((90, 1, "second"), (5400, 60, "minute"), (2 * 86400, 3600, "hour"))
"""Units by the number of seconds below which each is used."""


class Display:
    """What a tuning shows on stderr while it runs.

    On a terminal the table of the best trials stays in place; elsewhere each trial of this
    process leaves a line.
    """

    def __init__(self, trials: Trials, console: Console | None = None) -> None:
        self._trials = trials
        self._console = console or Console(stderr=True, soft_wrap=True)
        # Every training has the same to say of the machine.
        self._printed: set[str] = set()
        self._live: Live | None = None
        if self._console.is_terminal:
            self._live = Live(console=self._console, auto_refresh=False, transient=True)

    def __enter__(self) -> Display:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def say(self, sentence: str) -> None:
        """Print a sentence, above the table if there is one, but never twice."""
        if sentence not in self._printed:
            self._printed.add(sentence)
            self._console.print(sentence, highlight=False, markup=False)

    def update(self, activity: str) -> None:
        """Update the table, with a line on what this process is doing."""
        if self._live is None:
            return
        trials, target = self._trials.all(), self._trials.target
        lines = [f"{counts(trials, target)} {activity}".strip(), time_left(trials, target)]
        rows = table(trials, self._trials.space, self._console.width)
        group = Group(rows, *(Text(line, style="dim") for line in lines if line))
        self._live.update(group, refresh=True)

    def report(self, number: int) -> None:
        """Print how a trial of this process ended, if no table shows it."""
        if self._live is None:
            trials, target = self._trials.all(), self._trials.target
            done = sum(trial.state in FINISHED for trial in trials)
            ending = f"{done} of {target} finished. {time_left(trials, target)}"
            self.say(f"{line(trials[number])} {ending}".strip())


def line(trial: FrozenTrial) -> str:
    """Return in one line how a trial ended."""
    values = ", ".join(f"{name} {short(value)}" for name, value in trial.params.items())
    if trial.state == TrialState.COMPLETE:
        ending = f"accuracy {trial.value:.4f} at epoch {trial.user_attrs['epoch']}"
    elif trial.state == TrialState.PRUNED and trial.value is not None:
        last = max(trial.intermediate_values)
        ending = f"pruned at epoch {last}, accuracy {trial.value:.4f}"
    else:
        ending = f"failed ({trial.user_attrs.get('failed', 'will be run again')})"
    return f"Trial {trial.number}: {ending}; {values}."


def table(trials: Sequence[FrozenTrial], space: Space, width: int) -> Table | Group:
    """Lay out the best trials, with as many of their settings as fit into a width."""
    best = ranked(trials)[:ROWS]
    names = varied(space)
    omitted: list[str] = []
    while names and _width(_table(best, names)) > width:
        omitted.insert(0, names.pop())
    if not omitted:
        return _table(best, names)
    words = ", ".join(map(spaced, omitted))
    return Group(_table(best, names), Text(f"Not shown for lack of space: {words}.", style="dim"))


def _table(best: Sequence[FrozenTrial], names: Sequence[str]) -> Table:
    """Lay out trials with some of their settings."""
    rows = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name in ("trial", "accuracy", "epoch", *names):
        rows.add_column(name.replace("_", "\n"), justify="right", no_wrap=True)
    rows.add_column("")
    for trial in best:
        last = max(trial.intermediate_values, default=0)
        rows.add_row(
            str(trial.number),
            f"{trial.value:.4f}",
            str(trial.user_attrs.get("epoch", last)),
            *(short(trial.params[name]) for name in names),
            "pruned" if trial.state == TrialState.PRUNED else "",
        )
    return rows


def _width(rows: Table) -> int:
    """Measure a table that has all the space it needs."""
    console = Console(width=10_000, file=io.StringIO())
    return console.measure(rows).maximum


def counts(trials: Sequence[FrozenTrial], target: int) -> str:
    """Count the trials by how they ended."""

    def number(state: TrialState) -> int:
        return sum(trial.state == state for trial in trials)

    pruned, failed = number(TrialState.PRUNED), sum("failed" in t.user_attrs for t in trials)
    done = number(TrialState.COMPLETE) + pruned
    parts = [f"{done} of {counted(target, 'trial')} finished"]
    parts += [f"{pruned} of them pruned"] if pruned else []
    parts += [f"{failed} failed"] if failed else []
    return f"{', '.join(parts)}."


def time_left(trials: Sequence[FrozenTrial], target: int) -> str:
    """Estimate the time left from the finished trials; empty before the first has finished."""
    spans = [
        (trial.datetime_complete - trial.datetime_start).total_seconds()
        for trial in trials
        if trial.state in FINISHED and trial.datetime_complete and trial.datetime_start
    ]
    left = target - len(spans)
    if not spans or left <= 0:
        return ""
    workers = max(1, sum(trial.state == TrialState.RUNNING for trial in trials))
    return f"About {in_words(sum(spans) / len(spans) * left / min(workers, left))} left."


def in_words(seconds: float) -> str:
    """Write a duration as a person would say it."""
    for limit, length, unit in _UNITS:
        if seconds < limit:
            number = max(1, round(seconds / length))
            return counted(number, unit)
    return f"{round(seconds / 86400)} days"
