"""Keeps account of the trials: which worker runs which, and how they ended.

A trial is claimed while all other workers are locked out (`Storage.exclusive`), so that no two
run the same one and together they run as many as were asked for: a trial is claimed only while
fewer than that are finished or running. What a dead or interrupted worker left is queued again
with the same values before anything new is drawn.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState

from mien.errors import SettingsError
from mien.nets import Space
from mien.tuning.fingerprint import Fingerprint, differences
from mien.tuning.space import suggest
from mien.tuning.storage import Storage
from mien.words import plural

MAX_DEATHS = 3
"""Workers that may die running the same trial, which may kill them by using too much memory."""

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
"""States of a finished trial; `optuna.pruners.MedianPruner` decides which are pruned."""

_NAMED = 5
"""Most trials that are named as equal to the best one."""

_PRUNED_AGAINST = 5
"""Finished trials that it takes before the median prunes any."""


@dataclasses.dataclass(frozen=True)
class Trials:
    """The trials of one tuning."""

    storage: Storage
    study: optuna.Study
    space: Space
    target: int
    """Trials to finish, over all workers."""
    seed: int
    startup: int
    """Trials drawn at random before the search learns from them."""

    @classmethod
    def open(
        cls,
        storage: Storage,
        name: str,
        space: Space,
        fingerprint: Fingerprint,
        *,
        target: int,
        seed: int,
        startup: int,
        warm_up: int,
    ) -> Trials:
        """Open the trials of a tuning, or start one.

        Parameters
        ----------
        storage
            Where they are kept.
        name
            Name of the tuning.
        space
            What is searched.
        fingerprint
            What must be the same for all trials.
        target, seed, startup
            As the attributes.
        warm_up
            First epoch after which a trial may be pruned.

        Raises
        ------
        SettingsError
            If the tuning was started with another fingerprint.
        """
        pruner = optuna.pruners.MedianPruner(_PRUNED_AGAINST, n_warmup_steps=warm_up)
        with storage.exclusive():
            study = optuna.create_study(
                storage=storage.trials,
                study_name=name,
                direction="maximize",
                load_if_exists=True,
                pruner=pruner,
            )
            _check_fingerprint(study, fingerprint, storage.name)
        return cls(storage, study, space, target, seed, startup)

    def all(self) -> list[FrozenTrial]:
        """Return all trials in their present states, by number."""
        return self.study.get_trials(deepcopy=False)

    def finished(self) -> list[FrozenTrial]:
        """Return the finished trials, pruned ones too."""
        return [trial for trial in self.all() if trial.state in FINISHED]

    def running(self) -> list[FrozenTrial]:
        """Return the trials that workers are running."""
        return [trial for trial in self.all() if trial.state == TrialState.RUNNING]

    def best(self) -> FrozenTrial | None:
        """Return the best trial, or None if none is complete."""
        return best_trial(self.all())

    def failed(self) -> int:
        """Count the trials that failed and were not run again."""
        trials = self.all()
        repeated = _repeated(trials)
        return sum(t.state == TrialState.FAIL and t.number not in repeated for t in trials)

    def claim(self) -> Trial | None:
        """Take the next trial; None if as many as the target are finished or running."""
        with self.storage.exclusive():
            self._requeue()
            trials = self.all()
            active = [t for t in trials if t.state in (*FINISHED, TrialState.RUNNING)]
            if len(active) >= self.target:
                return None
            waiting = [trial for trial in trials if trial.state == TrialState.WAITING]
            if waiting:
                # Before it runs, so that a worker that dies in between is seen to be dead.
                self._record_heartbeat(waiting[0]._trial_id)
            self._seed_sampler(_position(trials, waiting[0]) if waiting else _distinct(trials))
            trial = self.study.ask()
            self._record_heartbeat(trial._trial_id)
            for key, values in self.space.items():
                suggest(trial, key, values)
            return trial

    def complete(self, trial: Trial, accuracy: float, epoch: int) -> None:
        """Record the accuracy of a trial, and the epoch that reached it."""
        trial.set_user_attr("epoch", epoch)
        self.study.tell(trial, accuracy)

    def prune(self, trial: Trial) -> None:
        """Record that a trial was pruned."""
        self.study.tell(trial, state=TrialState.PRUNED)

    def fail(self, trial: Trial, reason: str) -> None:
        """Record that a trial cannot be run; it is not run again."""
        trial.set_user_attr("failed", reason)
        self.study.tell(trial, state=TrialState.FAIL)

    def release(self, trial: Trial) -> None:
        """Give up a trial that is to be run again."""
        trial.set_user_attr("released", True)
        self.study.tell(trial, state=TrialState.FAIL)

    def _record_heartbeat(self, trial_id: int) -> None:
        if self.storage.shared:
            self.storage.trials.record_heartbeat(trial_id)

    def _seed_sampler(self, position: int) -> None:
        """Seed by position: workers differ, and a resumed tuning draws what it would have."""
        seed = (self.seed * 1_000_003 + position) % 2**32
        self.study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=self.startup)

    def _requeue(self) -> None:
        """Queue the trials that dead and interrupted workers left, once each."""
        for trial in self._dead():
            self.study.tell(trial.number, state=TrialState.FAIL)
        if self.storage.shared:
            optuna.storages.fail_stale_trials(self.study)
        trials = self.all()
        repeated = _repeated(trials)
        for trial in trials:
            if trial.state != TrialState.FAIL or trial.number in repeated:
                continue
            died = not trial.user_attrs.get("released")
            deaths = trial.user_attrs.get("deaths", 0) + died
            if "failed" not in trial.user_attrs and deaths < MAX_DEATHS:
                drawn = len(trial.params) == len(self.space)
                self.study.add_trial(_repetition(trial, deaths, drawn))

    def _dead(self) -> list[FrozenTrial]:
        """Return running trials that no worker can have; others are locked out meanwhile."""
        running = self.running()
        if not self.storage.shared:
            return running
        # A worker draws all values of its trial before others are let in again.
        return [trial for trial in running if len(trial.params) < len(self.space)]


def ranked(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Sort the finished trials, the best first.

    Complete trials come before pruned ones, which were judged earlier; of two with the same
    accuracy the earlier one comes first.
    """
    finished = [trial for trial in trials if trial.state in FINISHED and trial.value is not None]
    return sorted(
        finished,
        key=lambda trial: (
            trial.state != TrialState.COMPLETE,
            -(trial.value or 0.0),
            trial.number,
        ),
    )


def best_trial(trials: Sequence[FrozenTrial]) -> FrozenTrial | None:
    """Return the first of the ranked trials, or None if none is complete."""
    best = next(iter(ranked(trials)), None)
    return best if best is not None and best.state == TrialState.COMPLETE else None


def about_ties(trials: Sequence[FrozenTrial]) -> str:
    """Name the other trials that are as accurate as the best one; empty if there are none."""
    best = best_trial(trials)
    if best is None:
        return ""
    complete = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    tied = [trial.number for trial in complete if trial.value == best.value and trial is not best]
    if not tied:
        return ""
    named = ", ".join(map(str, tied[:_NAMED])) + (" and more" if len(tied) > _NAMED else "")
    are = f"{plural(len(tied), 'trial')} {named} {plural(len(tied), 'is', 'are')}"
    return f"Of equally accurate trials the first counts as the best; {are} as accurate."


def _repetition(trial: FrozenTrial, deaths: int, drawn: bool) -> FrozenTrial:
    """Make a waiting trial with the values of one that was not finished.

    If its worker died before all of them were drawn, they are drawn again from the first on: the
    seed of its position gives the same ones then, as if nobody had died.
    """
    return optuna.create_trial(
        state=TrialState.WAITING,
        params=trial.params if drawn else {},
        distributions=trial.distributions if drawn else {},
        user_attrs={"repeats": trial.number, "deaths": deaths},
    )


def _repeated(trials: Sequence[FrozenTrial]) -> set[int | None]:
    """Return the numbers of the trials that others repeat."""
    return {trial.user_attrs.get("repeats") for trial in trials}


def _distinct(trials: Sequence[FrozenTrial]) -> int:
    """Count the trials, repetitions not included."""
    return sum("repeats" not in trial.user_attrs for trial in trials)


def _position(trials: Sequence[FrozenTrial], trial: FrozenTrial) -> int:
    """Return a trial's position among the distinct ones; that of the one it repeats."""
    while "repeats" in trial.user_attrs:
        trial = trials[trial.user_attrs["repeats"]]
    return _distinct(trials[: trial.number])


def _check_fingerprint(study: optuna.Study, fingerprint: Fingerprint, where: str) -> None:
    """Store the fingerprint of a new tuning, and refuse another one for an existing tuning."""
    stored = study.user_attrs.get("fingerprint")
    if stored is None:
        if study.get_trials(deepcopy=False):
            old = "terms" in study.user_attrs
            raise SettingsError(
                f"The study {study.study_name!r} in {where} was started by"
                f" {'an earlier version of mien' if old else 'another program'}.",
                "Choose another name for the tuning.",
                "name",
            )
        study.set_user_attr("fingerprint", fingerprint)
        return
    changed = differences(stored, fingerprint)
    if changed:
        raise SettingsError(
            f"The tuning {study.study_name!r} in {where} was started with other settings or data:"
            f" {'; '.join(changed)}.",
            "Use the same ones again, or start another tuning with another name and folder.",
            "name",
        )
