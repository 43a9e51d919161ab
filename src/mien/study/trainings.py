"""Trains one network after another, and takes up what is done already."""

from __future__ import annotations

from collections.abc import Sequence

from mien.fer2013 import Samples
from mien.settings import Settings, TrainSettings
from mien.study.watch import Clock, Overall, Work
from mien.training.fit import Say
from mien.training.run import Run
from mien.training.taken import check_same, take


def train_all(
    settings: Settings, trainings: Sequence[TrainSettings], samples: Samples, say: Say
) -> list[Run]:
    """Train each network into its run folder.

    Parameters
    ----------
    settings
        Where the data lies, which the runs note.
    trainings
        How to train each; ``out`` and ``name`` say where.
    samples
        Faces with a ``train`` and a ``public`` split.
    say
        Called with sentences for the user.

    Raises
    ------
    TrainingError
        If a folder holds a run of other data or settings, before anything is trained; or if a
        training cannot go on.
    """
    for each in trainings:
        if (each.out / str(each.name)).exists():
            check_same(each, samples)
    faces, validation = len(samples.split("train")), len(samples.split("public"))
    works = [Work.of(each, faces, validation) for each in trainings]
    clock, runs = Clock(works), []
    for number, (each, work) in enumerate(zip(trainings, works, strict=True)):
        label = f"{number + 1} of {len(trainings)}, {each.name}"
        if work.run.card.is_file():
            say(f"{label}: finished already.")
            runs.append(work.run)
            continue
        watch = Overall(clock, number, work, label)
        runs.append(take(settings.model_copy(update={"train": each}), samples, say, watch))
    return runs
