"""Keeps account of the trials: who runs which, and what came of it.

Every trial is claimed while all other workers are kept out (`Storage.alone`), so that no two
run the same one and together they run as many as were asked for: a trial is claimed only while
fewer than that are finished or running. What a dead or interrupted worker left is queued again
with the same values before anything new is drawn.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState

from mien.errors import SettingsError
from mien.nets import Space
from mien.tuning.space import suggest
from mien.tuning.storage import Storage

DEATHS = 3
"""Workers that may die over the same trial; it may be what kills them, by its need of memory."""

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
"""What counts as a finished trial; `optuna.pruners.MedianPruner` makes the pruned ones."""

_MEDIAN_OF = 5
"""Finished trials from which on a median says something."""


@dataclasses.dataclass(frozen=True)
class Ledger:
    """The account of one tuning."""

    storage: Storage
    study: optuna.Study
    space: Space
    wanted: int
    """Trials to finish, over all workers."""
    seed: int
    startup: int
    """Trials drawn at random before any are drawn from what they found."""

    @classmethod
    def open(
        cls,
        storage: Storage,
        name: str,
        space: Space,
        terms: Mapping[str, Any],
        *,
        wanted: int,
        seed: int,
        startup: int,
        warm_up: int,
    ) -> Ledger:
        """Open the account of that name, or begin it.

        Parameters
        ----------
        storage
            Where it is kept.
        name
            Name of the tuning.
        space
            What is searched.
        terms
            What must be the same for all trials, as JSON can hold it.
        wanted, seed, startup
            As the attributes.
        warm_up
            First epoch after which a trial may be ended.

        Raises
        ------
        SettingsError
            If the account was begun on other terms.
        """
        pruner = optuna.pruners.MedianPruner(_MEDIAN_OF, n_warmup_steps=warm_up)
        with storage.alone():
            study = optuna.create_study(
                storage=storage.trials,
                study_name=name,
                direction="maximize",
                load_if_exists=True,
                pruner=pruner,
            )
            _agree(study, terms, storage.shown)
        return cls(storage, study, space, wanted, seed, startup)

    def trials(self) -> list[FrozenTrial]:
        """List all trials, as they now are."""
        return self.study.get_trials(deepcopy=False)

    def finished(self) -> list[FrozenTrial]:
        """List those that were finished, to the end or not."""
        return [trial for trial in self.trials() if trial.state in FINISHED]

    def best(self) -> FrozenTrial | None:
        """Give the trial of the highest accuracy, of those that went to the end."""
        complete = [each for each in self.trials() if each.state == TrialState.COMPLETE]
        return max(complete, key=lambda each: each.value or 0, default=None)

    def failed(self) -> int:
        """Count the trials that came to nothing, and were not run again."""
        trials = self.trials()
        again = {trial.user_attrs.get("again") for trial in trials}
        return sum(t.state == TrialState.FAIL and t.number not in again for t in trials)

    def claim(self) -> Trial | None:
        """Take the next trial; None where as many as wanted are finished or running."""
        with self.storage.alone():
            self._requeue()
            trials = self.trials()
            taken = [t for t in trials if t.state in (*FINISHED, TrialState.RUNNING)]
            if len(taken) >= self.wanted:
                return None
            waiting = [trial for trial in trials if trial.state == TrialState.WAITING]
            if waiting:
                # Signed before it runs: a worker that dies in between leaves no unsigned trial.
                self._sign(waiting[0]._trial_id)
            self._seed_by(_place(trials, waiting[0]) if waiting else _places(trials))
            trial = self.study.ask()
            self._sign(trial._trial_id)
            for key, found in self.space.items():
                suggest(trial, key, found)
            return trial

    def still_running(self) -> list[FrozenTrial]:
        """List the trials that other workers are running."""
        return [trial for trial in self.trials() if trial.state == TrialState.RUNNING]

    def finish(self, trial: Trial, accuracy: float, epoch: int) -> None:
        """Note how good a trial was, and at which epoch."""
        trial.set_user_attr("epoch", epoch)
        self.study.tell(trial, accuracy)

    def prune(self, trial: Trial) -> None:
        """Note that a trial was ended early."""
        self.study.tell(trial, state=TrialState.PRUNED)

    def fail(self, trial: Trial, reason: str) -> None:
        """Note that a trial cannot be run; it is not run again."""
        trial.set_user_attr("failed", reason)
        self.study.tell(trial, state=TrialState.FAIL)

    def give_back(self, trial: Trial) -> None:
        """Give up a trial that is to be run again."""
        trial.set_user_attr("given_back", True)
        self.study.tell(trial, state=TrialState.FAIL)

    def _sign(self, trial_id: int) -> None:
        if self.storage.shared:
            self.storage.trials.record_heartbeat(trial_id)

    def _seed_by(self, place: int) -> None:
        """Draw by the trial's place: workers differ, and a killed tuning goes on as it would."""
        mixed = (self.seed * 1_000_003 + place) % 2**32
        self.study.sampler = optuna.samplers.TPESampler(
            seed=mixed, n_startup_trials=self.startup
        )

    def _requeue(self) -> None:
        """Queue what dead and interrupted workers left, once each."""
        for trial in self._dead():
            self.study.tell(trial.number, state=TrialState.FAIL)
        if self.storage.shared:
            optuna.storages.fail_stale_trials(self.study)
        trials = self.trials()
        again = {trial.user_attrs.get("again") for trial in trials}
        for trial in trials:
            if trial.state != TrialState.FAIL or trial.number in again:
                continue
            killed = not trial.user_attrs.get("given_back")
            deaths = trial.user_attrs.get("deaths", 0) + killed
            if "failed" not in trial.user_attrs and deaths < DEATHS:
                self.study.add_trial(
                    optuna.create_trial(
                        state=TrialState.WAITING,
                        params=trial.params,
                        distributions=trial.distributions,
                        user_attrs={"again": trial.number, "deaths": deaths},
                    )
                )

    def _dead(self) -> list[FrozenTrial]:
        """List running trials that cannot be anybody's; called while all others are kept out."""
        running = self.still_running()
        if not self.storage.shared:
            return running
        # Its values are drawn in the turn of its worker, which is over.
        return [trial for trial in running if len(trial.params) < len(self.space)]


def _places(trials: list[FrozenTrial]) -> int:
    """Count the trials, those that were run again once."""
    return sum("again" not in trial.user_attrs for trial in trials)


def _place(trials: list[FrozenTrial], trial: FrozenTrial) -> int:
    """Give the place of a trial, which is that of the one it repeats."""
    while "again" in trial.user_attrs:
        trial = trials[trial.user_attrs["again"]]
    return _places(trials[: trial.number])


def _agree(study: optuna.Study, terms: Mapping[str, Any], where: str) -> None:
    """Keep the terms of a new tuning, and refuse others for one that was begun."""
    kept = study.user_attrs.get("terms")
    if kept is None:
        if study.get_trials(deepcopy=False):
            raise SettingsError(
                f"The study {study.study_name!r} in {where} was not begun by mien tune.",
                "Name the tuning otherwise with --name.",
            )
        study.set_user_attr("terms", terms)
        return
    keys = [*terms, *(key for key in kept if key not in terms)]
    unlike = [
        f"{key} was {kept.get(key, 'not set')}, now {terms.get(key, 'not set')}"
        for key in keys
        if kept.get(key) != terms.get(key)
    ]
    if unlike:
        raise SettingsError(
            f"The tuning {study.study_name!r} in {where} was begun on other terms:"
            f" {'; '.join(unlike)}.",
            "Give it the same settings and data again, or begin another with --name and --out.",
        )
