"""Repeats the study, or runs its ablations."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path

from mien.data import Samples
from mien.errors import DataError
from mien.files import make_folder, write
from mien.outputs import Kind, check_folder_of_outputs
from mien.report.commands import study_command
from mien.settings import Settings, StudySettings, TrainSettings
from mien.study import plan
from mien.study.ablations import AblationResults, collect, plan_trainings, selected
from mien.study.figures import figure_files, write_ablation_figures, write_study_figures
from mien.study.page import study_page
from mien.study.progress import Clock, StudyProgress, Work
from mien.study.results import (
    Provenance,
    StudyResults,
    describe,
    measure,
    read_results,
    write_results,
)
from mien.training.fit import check_same, resume_or_train
from mien.training.run import Run
from mien.training.session import Say


@dataclasses.dataclass(frozen=True)
class StudyFolder:
    """The files of a study."""

    folder: Path

    @property
    def page(self) -> Path:
        """The page."""
        return self.folder / "study.html"

    @property
    def numbers(self) -> Path:
        """The numbers of the networks."""
        return self.folder / "study.json"

    @property
    def ablations(self) -> Path:
        """The numbers of the ablations."""
        return self.folder / "ablations.json"

    @property
    def figures(self) -> Path:
        """Folder of the figures."""
        return self.folder / "figures"

    def check(self, inputs: Iterable[Path]) -> None:
        """Refuse a folder in which something of the user's would be replaced.

        Parameters
        ----------
        inputs
            The files and folders that are read.

        Raises
        ------
        SettingsError
            If a file that the study writes is an input, or exists and is not its own.
        DataError
            If a file of numbers holds something else.
        OutputError
            If the folder cannot be written to.
        """
        files: dict[str, Kind] = {self.page.name: "page"}
        files |= {f"{self.figures.name}/{name}": "figure" for name in figure_files()}
        check_folder_of_outputs(self.folder, files, inputs)
        read_results(self.numbers, StudyResults)
        read_results(self.ablations, AblationResults)


def train_all(
    settings: Settings, trainings: Sequence[TrainSettings], samples: Samples, say: Say
) -> list[Run]:
    """Train networks, each into its run folder.

    Finished runs are kept as they are, and interrupted ones are resumed.

    Parameters
    ----------
    settings
        Where the data is, which the runs record.
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
        training fails.
    """
    for training in trainings:
        if (training.out / str(training.name)).exists():
            check_same(training, samples)
    faces, validation = len(samples.split("train")), len(samples.split("public"))
    works = [Work.of(training, faces, validation) for training in trainings]
    clock, runs = Clock(works), []
    for number, (training, work) in enumerate(zip(trainings, works, strict=True)):
        label = f"{number + 1} of {len(trainings)}, {training.name}"
        if work.run.finished:
            say(f"{label}: finished already.")
            runs.append(work.run)
            continue
        watch = StudyProgress(clock, number, work, label)
        one = settings.model_copy(update={"train": training})
        runs.append(resume_or_train(one, samples, say, watch))
    return runs


def check_outputs(settings: Settings) -> None:
    """Refuse to replace files of the user's, before anything is read.

    Raises
    ------
    SettingsError, DataError, OutputError
        As `StudyFolder.check`.
    """
    inputs = (settings.data, settings.study.tuned)
    StudyFolder(settings.study.out).check(path for path in inputs if path is not None)


def run_study(settings: Settings, samples: Samples, say: Say = print) -> StudyFolder:
    """Do what the settings of the study say: repeat it, or run its ablations.

    Parameters
    ----------
    settings
        Of these, ``study`` and the path of the data are used.
    samples
        The data, with a ``train`` and a ``public`` split.
    say
        Called with sentences for the user.

    Raises
    ------
    DataError
        If the data lacks a split, or a file of numbers holds something else.
    TrainingError
        If the folder holds another study, or a training fails.
    SettingsError
        If the tuned settings cannot be used, or a file of the user's would be replaced.
    OutputError
        If the folder cannot be written to.
    """
    if settings.study.ablate is None:
        return repeat(settings, samples, say)
    return ablate(settings, samples, say)


def repeat(settings: Settings, samples: Samples, say: Say = print) -> StudyFolder:
    """Train the study's networks and the tuned lobonet, measure them, and write the page."""
    planned = plan.plan_models(settings.study)
    place = _begin(settings, samples)
    runs = train_all(settings, [entry.settings for entry in planned], samples, say)
    say("Measuring on PublicTest, and drawing the figures.")
    file = settings.data_or_fail().resolve().name
    study = StudyResults(
        data=describe(samples, file),
        subset=settings.study.subset or 1.0,
        models=tuple(measure(planned, runs, samples.split("public"))),
        made=Provenance.now(study_command(settings)),
    )
    write_results(place.numbers, study)
    write_study_figures(study, samples if settings.study.faces else None, place.figures)
    _write_page(
        place, study, read_results(place.ablations, AblationResults), samples, settings.study
    )
    return place


def ablate(settings: Settings, samples: Samples, say: Say = print) -> StudyFolder:
    """Train lobonet with one thing changed at a time, and write the page."""
    place = _begin(settings, samples)
    earlier = read_results(place.numbers, StudyResults)
    trainings = plan_trainings(settings.study, selected(settings.study.ablate or "all"))
    train_all(settings, trainings, samples, say)
    results = collect(settings.study, samples.sha256, Provenance.now(study_command(settings)))
    write_results(place.ablations, results)
    write_ablation_figures(results, place.figures)
    _write_page(place, earlier, results, samples, settings.study)
    return place


def _begin(settings: Settings, samples: Samples) -> StudyFolder:
    """Check the data and make the folder, before any training."""
    splits = set(samples.splits.tolist())
    if not splits >= {"train", "public"}:
        raise DataError(
            "The study trains on FER-2013's Training faces and selects on PublicTest, but the data"
            f" has the splits {', '.join(sorted(splits)) or 'of no face'}.",
            "Use FER-2013 as Kaggle's zip or folder, whose file names begin with Training_ and"
            " PublicTest_, or as fer2013.csv.",
            "data",
        )
    check_outputs(settings)
    make_folder(settings.study.out, setting="out")
    return StudyFolder(settings.study.out)


def _write_page(
    place: StudyFolder,
    study: StudyResults | None,
    ablations: AblationResults | None,
    samples: Samples,
    settings: StudySettings,
) -> None:
    page = study_page(study, ablations, samples if settings.faces else None)
    write(place.page, page.encode(), setting="out")
