from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import FrozenTrial, TrialState

from mien.errors import SettingsError
from mien.nets import Choice, FloatRange, Space
from mien.training.silence import quiet
from mien.tuning.space import suggest
from mien.tuning.storage import Storage, open_storage
from mien.tuning.trials import Trials, about_ties, best_trial, ranked

SPACE: Space = {"learning_rate": FloatRange(1e-4, 1e-2, log=True), "batch_size": Choice((32, 64))}


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with open_storage(None, tmp_path, 60) as opened:
        yield opened


def begin(storage: Storage, name: str = "some", **changed: Any) -> Trials:
    settings: dict[str, Any] = {"target": 4, "seed": 0, "startup": 2, "warm_up": 1} | changed
    fingerprint = settings.pop("fingerprint", {"net": "plain", "epochs": 2})
    return Trials.open(storage, name, SPACE, fingerprint, **settings)


def work(trials: Trials, most: int = 100) -> list[dict[str, Any]]:
    """Complete trials, and return the values of each."""
    done: list[dict[str, Any]] = []
    while len(done) < most and (trial := trials.claim()) is not None:
        trials.complete(trial, 1 - trial.params["learning_rate"], 1)
        done.append(trial.params)
    return done


def test_as_many_trials_as_asked_for_are_finished(storage: Storage) -> None:
    assert len(work(begin(storage))) == 4
    assert work(begin(storage)) == []
    assert len(work(begin(storage, target=5))) == 1
    assert work(begin(storage, target=2)) == []


def test_a_running_trial_in_a_file_is_a_dead_worker_s(storage: Storage) -> None:
    trials = begin(storage, target=1)
    assert trials.claim() is not None
    again = trials.claim()
    assert again is not None
    assert len(trials.running()) == 1


def test_the_same_seed_draws_the_same(storage: Storage) -> None:
    first = work(begin(storage, "first"))
    assert work(begin(storage, "second")) == first
    assert work(begin(storage, "third", seed=1)) != first
    assert len({str(values) for values in first}) == 4


def test_a_killed_tuning_goes_on_as_it_would_have(storage: Storage) -> None:
    whole = work(begin(storage, "whole"))
    started = work(begin(storage, "killed"), most=2)
    killed = begin(storage, "killed").claim()
    assert killed is not None
    trials = begin(storage, "killed")
    assert started + work(trials) == whole
    states = [trial.state for trial in trials.all()]
    assert states.count(TrialState.FAIL) == 1
    assert states[killed.number] == TrialState.FAIL
    assert trials.all()[3].user_attrs["repeats"] == killed.number
    assert trials.failed() == 0


@pytest.mark.parametrize("drawn", [0, 1])
def test_a_worker_that_dies_as_it_draws_values_changes_none(storage: Storage, drawn: int) -> None:
    values = work(begin(storage, "unbroken", seed=5))
    trials = begin(storage, "killed", seed=5)
    work(trials, 1)
    trials._seed_sampler(1)
    trial = trials.study.ask()
    for key in list(SPACE)[:drawn]:
        suggest(trial, key, SPACE[key])
    assert work(begin(storage, "killed", seed=5)) == values[1:]


def test_a_trial_that_kills_its_workers_is_given_up(storage: Storage) -> None:
    numbers = []
    for _ in range(4):
        trial = begin(storage).claim()
        assert trial is not None
        numbers.append((trial.number, trial.params["learning_rate"]))
    assert len({rate for _, rate in numbers[:3]}) == 1
    assert numbers[3][1] != numbers[0][1]
    assert begin(storage).failed() == 1


def test_a_released_trial_is_run_again_each_time(storage: Storage) -> None:
    trials = begin(storage)
    seen = set()
    for _ in range(5):
        trial = trials.claim()
        assert trial is not None
        seen.add(trial.params["learning_rate"])
        trials.release(trial)
    assert len(seen) == 1


def test_a_failed_trial_is_not_run_again_nor_counted(storage: Storage) -> None:
    trials = begin(storage)
    trial = trials.claim()
    assert trial is not None
    trials.fail(trial, "memory ran out")
    assert trial.params not in work(trials)
    assert len(trials.finished()) == 4
    assert trials.failed() == 1
    assert trials.all()[0].user_attrs["failed"] == "memory ran out"


def test_the_best_went_to_the_end(storage: Storage) -> None:
    trials = begin(storage)
    assert trials.best() is None
    for accuracy in (0.4, 0.6, 0.5):
        trial = trials.claim()
        assert trial is not None
        trials.complete(trial, accuracy, 3)
    trial = trials.claim()
    assert trial is not None
    trial.report(0.9, 1)
    trials.prune(trial)
    best = trials.best()
    assert best is not None
    assert (best.value, best.number, best.user_attrs["epoch"]) == (0.6, 1, 3)
    assert len(trials.finished()) == 4


def test_the_median_decides_from_the_warm_up_on(storage: Storage) -> None:
    trials = begin(storage, target=9, warm_up=2)
    for accuracy in (0.4, 0.5, 0.6, 0.7, 0.8):
        trial = trials.claim()
        assert trial is not None
        for epoch in (1, 2):
            trial.report(accuracy, epoch)
        trials.complete(trial, accuracy, 2)
    for accuracy, hopeless in ((0.59, True), (0.61, False)):
        trial = trials.claim()
        assert trial is not None
        trial.report(accuracy, 1)
        assert not trial.should_prune()
        trial.report(accuracy, 2)
        assert trial.should_prune() == hopeless
        trials.prune(trial)


def test_other_settings_are_refused(storage: Storage) -> None:
    begin(storage)
    begin(storage, "other", fingerprint={"net": "lobonet"})
    message = "'some' in .*or data: epochs was 2, now 3; votes was not set, now x.*another name"
    with pytest.raises(SettingsError, match=message):
        begin(storage, fingerprint={"net": "plain", "epochs": 3, "votes": "x"})


def test_a_study_of_somebody_else_is_left_alone(storage: Storage) -> None:
    with quiet("optuna"):
        study = optuna.create_study(storage=storage.trials, study_name="theirs")
    study.tell(study.ask(), 1.0)
    with pytest.raises(SettingsError, match="was started by another program"):
        begin(storage, "theirs")


def test_a_tuning_of_an_earlier_version_is_refused_by_name(storage: Storage) -> None:
    with quiet("optuna"):
        study = optuna.create_study(storage=storage.trials, study_name="old")
        study.set_user_attr("terms", {"net": "plain"})
    study.tell(study.ask(), 1.0)
    with pytest.raises(SettingsError, match="'old' in .*by an earlier version of mien"):
        begin(storage, "old")


def finished(number: int, accuracy: float, state: TrialState) -> FrozenTrial:
    trial = optuna.create_trial(state=state, value=accuracy)
    trial.number = number
    return trial


def test_complete_trials_rank_above_pruned_ones_and_earlier_ones_above_their_equals() -> None:
    trials = [
        finished(0, 0.5, TrialState.COMPLETE),
        finished(1, 0.9, TrialState.PRUNED),
        finished(2, 0.7, TrialState.COMPLETE),
        finished(3, 0.7, TrialState.COMPLETE),
        optuna.create_trial(state=TrialState.FAIL),
    ]
    assert [trial.number for trial in ranked(trials)] == [2, 3, 0, 1]
    assert [trial.number for trial in ranked(trials[::-1])] == [2, 3, 0, 1]
    assert best_trial(trials) is trials[2]
    assert best_trial(trials[1:2]) is None


def test_trials_as_accurate_as_the_best_are_named() -> None:
    trials = [finished(number, 0.7, TrialState.COMPLETE) for number in range(8)]
    first = "Of equally accurate trials the first counts as the best;"
    assert about_ties(trials[:2]) == f"{first} trial 1 is as accurate."
    assert about_ties(trials[:3]) == f"{first} trials 1, 2 are as accurate."
    assert about_ties(trials) == f"{first} trials 1, 2, 3, 4, 5 and more are as accurate."
    pruned = finished(1, 0.7, TrialState.PRUNED)
    assert about_ties([trials[0], pruned, finished(2, 0.6, TrialState.COMPLETE)]) == ""
    assert about_ties([pruned]) == ""
