"""Shows how a tuning goes: a live table of the best trials, or a line a trial."""

from __future__ import annotations

import io
from collections.abc import Sequence
from types import TracebackType

from optuna.trial import FrozenTrial, TrialState
from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from mien.nets import Space
from mien.tuning.figures import short, varied
from mien.tuning.trials import FINISHED, Ledger

SHOWN = 10
"""Best trials in the table."""

_UNITS = ((90, 1, "second"), (5400, 60, "minute"), (2 * 86400, 3600, "hour"))
"""Below how many seconds a unit of so many is used."""

_WORDS = {TrialState.COMPLETE: "", TrialState.PRUNED: "ended early"}


class Board:
    """What a tuning shows on stderr while it runs.

    On a terminal the table of the best trials stays in its place; elsewhere each trial of this
    process leaves a line.
    """

    def __init__(self, ledger: Ledger, console: Console | None = None) -> None:
        self._ledger = ledger
        self._console = console or Console(stderr=True, soft_wrap=True)
        # What every training has to say of its machine is said once.
        self._said: set[str] = set()
        self._live: Live | None = None
        if self._console.is_terminal:
            self._live = Live(console=self._console, auto_refresh=False, transient=True)

    def __enter__(self) -> Board:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def say(self, sentence: str) -> None:
        """Print a sentence, above the table where there is one, but none twice."""
        if sentence in self._said:
            return
        self._said.add(sentence)
        self._console.print(sentence, highlight=False, markup=False)

    def show(self, now: str) -> None:
        """Bring the table up to date, with a line on what this process does now."""
        if self._live is None:
            return
        trials = self._ledger.trials()
        state = Text(f"{counts(trials, self._ledger.wanted)} {now}".strip(), style="dim")
        left = time_left(trials, self._ledger.wanted)
        lines = [state, Text(left, style="dim")] if left else [state]
        parts = table(trials, self._ledger.space, self._console.width)
        self._live.update(Group(parts, *lines), refresh=True)

    def finished(self, number: int) -> None:
        """Say how a trial of this process ended, where no table shows it."""
        if self._live is None:
            trials = self._ledger.trials()
            left = time_left(trials, self._ledger.wanted)
            done = sum(trial.state in FINISHED for trial in trials)
            said = f"{line(trials[number])} {done} of {self._ledger.wanted} finished. {left}"
            self.say(said.strip())


def line(trial: FrozenTrial) -> str:
    """Tell in one line what came of a trial."""
    values = ", ".join(f"{name} {short(value)}" for name, value in trial.params.items())
    if trial.state == TrialState.COMPLETE:
        said = f"accuracy {trial.value:.4f} at epoch {trial.user_attrs['epoch']}"
    elif trial.state == TrialState.PRUNED and trial.value is not None:
        last = max(trial.intermediate_values)
        said = f"ended early at epoch {last}, accuracy {trial.value:.4f}"
    else:
        said = f"failed, {trial.user_attrs.get('failed', 'to be run again')}"
    return f"Trial {trial.number}: {said}; {values}."


def table(trials: Sequence[FrozenTrial], space: Space, width: int) -> Table | Group:
    """Lay out the best trials, as many of their settings as a width has room for."""
    best = sorted(
        (trial for trial in trials if trial.state in FINISHED and trial.value is not None),
        key=lambda trial: (trial.state == TrialState.COMPLETE, trial.value),
        reverse=True,
    )[:SHOWN]
    names = varied(space)
    left: list[str] = []
    while names:
        made = _table(best, names)
        if _wide(made) <= width:
            break
        left.insert(0, names.pop())
    made = _table(best, names)
    if not left:
        return made
    words = ", ".join(name.replace("_", " ") for name in left)
    return Group(made, Text(f"No room here for {words}.", style="dim"))


def _table(best: Sequence[FrozenTrial], names: Sequence[str]) -> Table:
    made = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name in ("trial", "accuracy", "epoch", *names):
        made.add_column(name.replace("_", "\n"), justify="right", no_wrap=True)
    made.add_column("")
    for trial in best:
        last = max(trial.intermediate_values, default=0)
        made.add_row(
            str(trial.number),
            f"{trial.value:.4f}",
            str(trial.user_attrs.get("epoch", last)),
            *(short(trial.params[name]) for name in names),
            _WORDS[trial.state],
        )
    return made


def _wide(made: Table) -> int:
    """Measure a table where it has all the room it wants."""
    console = Console(width=10_000, file=io.StringIO())
    return console.measure(made).maximum


def counts(trials: Sequence[FrozenTrial], wanted: int) -> str:
    """Count the trials by what became of them."""

    def number(state: TrialState) -> int:
        return sum(trial.state == state for trial in trials)

    pruned, failed = number(TrialState.PRUNED), sum("failed" in t.user_attrs for t in trials)
    done = number(TrialState.COMPLETE) + pruned
    parts = [f"{done} of {wanted} trials finished"]
    parts += [f"{pruned} of them early"] if pruned else []
    parts += [f"{failed} failed"] if failed else []
    return f"{', '.join(parts)}."


def time_left(trials: Sequence[FrozenTrial], wanted: int) -> str:
    """Estimate the time left from the trials so far; nothing before the first has ended."""
    spans = [
        (trial.datetime_complete - trial.datetime_start).total_seconds()
        for trial in trials
        if trial.state in FINISHED and trial.datetime_complete and trial.datetime_start
    ]
    left = wanted - len(spans)
    if not spans or left <= 0:
        return ""
    at_once = max(1, sum(trial.state == TrialState.RUNNING for trial in trials))
    return f"About {in_words(sum(spans) / len(spans) * left / min(at_once, left))} left."


def in_words(seconds: float) -> str:
    """Write a time as a person would say it."""
    for limit, length, unit in _UNITS:
        if seconds < limit:
            number = max(1, round(seconds / length))
            return f"{number} {unit}{'s' if number != 1 else ''}"
    return f"{round(seconds / 86400)} days"
