import datetime
import io

import pytest
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState, create_trial
from rich.console import Console

from mien.nets import Choice, FloatRange, IntRange, Space
from mien.tuning.display import counts, in_words, line, table, time_left

SPACE: Space = {
    "learning_rate": FloatRange(1e-4, 1e-2, log=True),
    "width": IntRange(16, 40, 8),
    "ema_decay": Choice((0.0,)),
}

START = datetime.datetime(2026, 1, 1)


def made(
    value: float | None, state: TrialState = TrialState.COMPLETE, number: int = 0
) -> FrozenTrial:
    trial = create_trial(
        state=state,
        value=value,
        params={"learning_rate": 0.00123456, "width": 24},
        distributions={
            "learning_rate": FloatDistribution(1e-4, 1e-2, log=True),
            "width": IntDistribution(16, 40, step=8),
        },
        intermediate_values={1: 0.2, 2: 0.3},
        user_attrs={"epoch": 2} if state == TrialState.COMPLETE else {},
    )
    trial.number = number
    trial.datetime_start = START
    trial.datetime_complete = START + datetime.timedelta(minutes=10)
    return trial


TRIALS = [
    made(0.5, number=0),
    made(0.9, TrialState.PRUNED, number=1),
    made(0.61234, number=2),
    *(made(0.1, number=number) for number in range(3, 15)),
]


def shown(width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(table(TRIALS, SPACE, width))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_table_has_the_ten_best_with_what_was_searched() -> None:
    lines = shown(100).splitlines()
    rows = [each.split() for each in lines if each.strip() and each.split()[0].isdigit()]
    assert rows[0] == ["2", "0.6123", "2", "0.00123", "24"]
    assert rows[1] == ["0", "0.5000", "2", "0.00123", "24"]
    assert len(rows) == 10
    assert "ema_decay" not in shown(100)


def test_a_pruned_trial_ranks_below_complete_ones() -> None:
    console = Console(file=io.StringIO(), width=100)
    console.print(table(TRIALS[:3], SPACE, 100))
    assert isinstance(console.file, io.StringIO)
    rows = [each.split() for each in console.file.getvalue().splitlines() if "0.00123" in each]
    assert [row[0] for row in rows] == ["2", "0", "1"]
    assert rows[2][-1] == "pruned"


def test_settings_that_do_not_fit_are_named() -> None:
    assert "Not shown for lack of space: width." in shown(36)
    assert max(len(each) for each in shown(36).splitlines()) <= 36
    assert "lack of space: learning rate, width." in " ".join(shown(30).split())


def test_the_trials_are_counted() -> None:
    failed = create_trial(state=TrialState.FAIL, user_attrs={"failed": "memory"})
    assert counts(TRIALS[:3], 5) == "3 of 5 trials finished, 1 of them pruned."
    assert counts([TRIALS[0], failed], 2) == "1 of 2 trials finished, 1 failed."
    assert counts(TRIALS[:1], 1) == "1 of 1 trial finished."


def test_the_time_left_is_that_of_the_trials_so_far_over_the_workers() -> None:
    running = create_trial(state=TrialState.RUNNING)
    assert time_left([], 5) == ""
    assert time_left(TRIALS[:3], 5) == "About 20 minutes left."
    assert time_left([*TRIALS[:3], running, running], 5) == "About 10 minutes left."
    assert time_left(TRIALS[:3], 3) == ""


# seconds, how a person says it
SPANS = [
    (0.2, "1 second"),
    (89, "89 seconds"),
    (90, "2 minutes"),
    (5300, "88 minutes"),
    (5400, "2 hours"),
    (5500, "2 hours"),
    (40 * 3600, "40 hours"),
    (5 * 86400, "5 days"),
]


@pytest.mark.parametrize(("seconds", "words"), SPANS)
def test_a_time_is_said_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_a_line_tells_how_a_trial_ended() -> None:
    values = "learning_rate 0.00123, width 24."
    assert line(TRIALS[2]) == f"Trial 2: accuracy 0.6123 at epoch 2; {values}"
    assert line(TRIALS[1]) == f"Trial 1: pruned at epoch 2, accuracy 0.9000; {values}"
    trial = made(None, TrialState.FAIL)
    trial.user_attrs["failed"] = "Memory ran out."
    assert line(trial) == f"Trial 0: failed (Memory ran out.); {values}"
