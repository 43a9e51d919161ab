"""Repeats the study, or changes one thing of its best network at a time."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Sequence
from pathlib import Path

from mien.data import Samples
from mien.errors import DataError
from mien.files import make_folder, write
from mien.settings import Settings, StudySettings, TrainSettings
from mien.study import ablations, plan
from mien.study.ablations import Ablations, collect
from mien.study.figures import draw_ablations, draw_study
from mien.study.page import study_page
from mien.study.progress import Clock, Overall, Work
from mien.study.results import ELSEWHERE, Made, Study, describe, measure, read_part, write_part
from mien.training.fit import Say, check_same, resume_or_train
from mien.training.run import Run


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
        if work.run.finished:
            say(f"{label}: finished already.")
            runs.append(work.run)
            continue
        watch = Overall(clock, number, work, label)
        runs.append(resume_or_train(settings.model_copy(update={"train": each}), samples, say, watch))
    return runs


@dataclasses.dataclass(frozen=True)
class Place:
    """The files of a study."""

    folder: Path

    @property
    def page(self) -> Path:
        """Tells the story."""
        return self.folder / "study.html"

    @property
    def numbers(self) -> Path:
        """Those of the networks."""
        return self.folder / "study.json"

    @property
    def ablations(self) -> Path:
        """Those of the ablations."""
        return self.folder / "ablations.json"

    @property
    def figures(self) -> Path:
        """Folder of the figures."""
        return self.folder / "figures"


def repeat(settings: Settings, samples: Samples, say: Say = print) -> Place:
    """Train the study's networks and lobonet tuned, measure them, and tell the story.

    What is trained already in the folder is taken as it is, and an interrupted training goes on.

    Parameters
    ----------
    settings
        Of them ``study`` and the data's path count.
    samples
        The data, with a ``train`` and a ``public`` split.
    say
        Called with sentences for the user.

    Raises
    ------
    DataError
        If the data lacks a split.
    TrainingError
        If the folder holds another study, or a training cannot go on.
    SettingsError
        If the folder cannot be written to, or the tuned settings cannot be used.
    """
    wanted = settings.study
    planned = plan.models(wanted)
    place = _begin(wanted, samples)
    runs = train_all(settings, [each.settings for each in planned], samples, say)
    say("Measuring on PublicTest, and drawing.")
    file = settings.data_or_fail().resolve().name
    study = Study(
        data=describe(samples, file),
        subset=wanted.subset or 1.0,
        models=tuple(measure(planned, runs, samples.split("public"))),
        made=Made.now(command(settings)),
    )
    write_part(place.numbers, study)
    draw_study(study, samples if wanted.faces else None, place.figures)
    _tell(place, study, read_part(place.ablations, Ablations), samples, wanted)
    return place


def ablate(settings: Settings, samples: Samples, say: Say = print) -> Place:
    """Train lobonet with one thing changed at a time; otherwise as `repeat`."""
    wanted = settings.study
    place = _begin(wanted, samples)
    earlier = read_part(place.numbers, Study)
    trainings = ablations.trainings(wanted, ablations.asked(wanted.ablate or "all"))
    train_all(settings, trainings, samples, say)
    found = collect(wanted, samples.sha256, Made.now(command(settings)))
    write_part(place.ablations, found)
    draw_ablations(found, place.figures)
    _tell(place, earlier, found, samples, wanted)
    return place


def _begin(wanted: StudySettings, samples: Samples) -> Place:
    """Find out before any training whether data and folder will do."""
    there = set(samples.splits.tolist())
    if not there >= {"train", "public"}:
        raise DataError(
            "The study learns from Training faces and chooses by PublicTest, but the faces of the"
            f" data are marked {', '.join(sorted(there)) or 'not at all'}.",
            "Bring FER-2013 as Kaggle's zip or folder, whose file names say Training_ and"
            " PublicTest_, or as fer2013.csv.",
        )
    make_folder(wanted.out, ELSEWHERE)
    return Place(wanted.out)


def _tell(
    place: Place, study: Study | None, found: Ablations | None, samples: Samples,
    wanted: StudySettings,
) -> None:  # fmt: skip
    """Write the page."""
    page = study_page(study, found, samples if wanted.faces else None)
    write(place.page, page.encode(), ELSEWHERE)


def command(settings: Settings) -> str:
    """Write the command that does the same, with files named without their folders."""
    wanted, default = settings.study, StudySettings()
    parts = ["mien", "study", "--data", settings.data_or_fail().resolve().name]
    for name in ("out", "subset", "epochs", "tuned", "ablate", "seeds", "precision"):
        value = getattr(wanted, name)
        if value != getattr(default, name):
            parts += [f"--{name}", value.name if isinstance(value, Path) else str(value)]
    parts += [] if wanted.faces else ["--no-faces"]
    parts += ["--skip-bad"] if settings.skip_bad else []
    return shlex.join(parts)
