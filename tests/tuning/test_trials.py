from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from mien.errors import SettingsError
from mien.nets import Choice, FloatRange, Space
from mien.training.silence import quiet
from mien.tuning.storage import Storage, open_storage
from mien.tuning.trials import Ledger

SPACE: Space = {"learning_rate": FloatRange(1e-4, 1e-2, log=True), "batch_size": Choice((32, 64))}


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with open_storage(None, tmp_path, 60) as opened:
        yield opened


def begin(storage: Storage, name: str = "some", **changed: Any) -> Ledger:
    settings: dict[str, Any] = {"wanted": 4, "seed": 0, "startup": 2, "warm_up": 1} | changed
    terms = settings.pop("terms", {"net": "plain", "epochs": 2})
    return Ledger.open(storage, name, SPACE, terms, **settings)


def work(ledger: Ledger, most: int = 100) -> list[dict[str, Any]]:
    """Finish trials, and give the values of each."""
    done: list[dict[str, Any]] = []
    while len(done) < most and (trial := ledger.claim()) is not None:
        ledger.finish(trial, 1 - trial.params["learning_rate"], 1)
        done.append(trial.params)
    return done


def test_as_many_trials_as_wanted_are_finished(storage: Storage) -> None:
    assert len(work(begin(storage))) == 4
    assert work(begin(storage)) == []
    assert len(work(begin(storage, wanted=5))) == 1
    assert work(begin(storage, wanted=2)) == []


def test_a_running_trial_in_a_file_is_a_dead_worker_s(storage: Storage) -> None:
    ledger = begin(storage, wanted=1)
    assert ledger.claim() is not None
    again = ledger.claim()
    assert again is not None
    assert len(ledger.still_running()) == 1


def test_the_same_seed_draws_the_same(storage: Storage) -> None:
    first = work(begin(storage, "first"))
    assert work(begin(storage, "second")) == first
    assert work(begin(storage, "third", seed=1)) != first
    assert len({str(values) for values in first}) == 4


def test_a_killed_tuning_goes_on_as_it_would_have(storage: Storage) -> None:
    whole = work(begin(storage, "whole"))
    begun = work(begin(storage, "killed"), most=2)
    killed = begin(storage, "killed").claim()
    assert killed is not None
    ledger = begin(storage, "killed")
    assert begun + work(ledger) == whole
    trials = ledger.trials()
    assert [trial.state for trial in trials].count(TrialState.FAIL) == 1
    assert trials[killed.number].state == TrialState.FAIL
    assert trials[3].user_attrs["again"] == killed.number
    assert ledger.failed() == 0


def test_a_trial_that_kills_its_workers_is_given_up(storage: Storage) -> None:
    numbers = []
    for _ in range(4):
        trial = begin(storage).claim()
        assert trial is not None
        numbers.append((trial.number, trial.params["learning_rate"]))
    assert len({rate for _, rate in numbers[:3]}) == 1
    assert numbers[3][1] != numbers[0][1]
    assert begin(storage).failed() == 1


def test_a_trial_that_was_given_back_is_run_again_each_time(storage: Storage) -> None:
    ledger = begin(storage)
    seen = set()
    for _ in range(5):
        trial = ledger.claim()
        assert trial is not None
        seen.add(trial.params["learning_rate"])
        ledger.give_back(trial)
    assert len(seen) == 1


def test_a_failed_trial_is_not_run_again_nor_counted(storage: Storage) -> None:
    ledger = begin(storage)
    trial = ledger.claim()
    assert trial is not None
    ledger.fail(trial, "memory ran out")
    assert trial.params not in work(ledger)
    assert len(ledger.finished()) == 4
    assert ledger.failed() == 1
    assert ledger.trials()[0].user_attrs["failed"] == "memory ran out"


def test_the_best_went_to_the_end(storage: Storage) -> None:
    ledger = begin(storage)
    assert ledger.best() is None
    for accuracy in (0.4, 0.6, 0.5):
        trial = ledger.claim()
        assert trial is not None
        ledger.finish(trial, accuracy, 3)
    trial = ledger.claim()
    assert trial is not None
    trial.report(0.9, 1)
    ledger.prune(trial)
    best = ledger.best()
    assert best is not None
    assert (best.value, best.number, best.user_attrs["epoch"]) == (0.6, 1, 3)
    assert len(ledger.finished()) == 4


def test_the_median_decides_from_the_warm_up_on(storage: Storage) -> None:
    ledger = begin(storage, wanted=9, warm_up=2)
    for accuracy in (0.4, 0.5, 0.6, 0.7, 0.8):
        trial = ledger.claim()
        assert trial is not None
        for epoch in (1, 2):
            trial.report(accuracy, epoch)
        ledger.finish(trial, accuracy, 2)
    for accuracy, hopeless in ((0.59, True), (0.61, False)):
        trial = ledger.claim()
        assert trial is not None
        trial.report(accuracy, 1)
        assert not trial.should_prune()
        trial.report(accuracy, 2)
        assert trial.should_prune() == hopeless
        ledger.prune(trial)


def test_other_terms_are_refused(storage: Storage) -> None:
    begin(storage)
    begin(storage, "other", terms={"net": "lobonet"})
    message = "'some' in .*other terms: epochs was 2, now 3; votes was not set, now x.*--name"
    with pytest.raises(SettingsError, match=message):
        begin(storage, terms={"net": "plain", "epochs": 3, "votes": "x"})


def test_a_study_of_somebody_else_is_left_alone(storage: Storage) -> None:
    with quiet("optuna"):
        study = optuna.create_study(storage=storage.trials, study_name="theirs")
    study.tell(study.ask(), 1.0)
    with pytest.raises(SettingsError, match="was not begun by mien tune"):
        begin(storage, "theirs")
