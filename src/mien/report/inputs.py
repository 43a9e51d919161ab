"""Collects what is known of each network from files, run folders and results."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from mien.classes import FER2013, Vocabulary
from mien.errors import DataError, MissingExtraError
from mien.evaluation.predictions import Predictions, read_predictions
from mien.evaluation.results import Robustness, Scores, checked, read_results
from mien.evaluation.wording import split_in_words
from mien.training.record import Epoch, RunRecord
from mien.training.run import FILES, Run

Source = str | Path | Scores | Robustness
"""A run folder, a JSON file of results, or results themselves."""

Say = Callable[[str], object]
"""Called with a sentence for the user."""


@dataclasses.dataclass(frozen=True)
class TrainingRun:
    """What a run folder holds."""

    name: str
    """The folder's name."""
    epochs: tuple[Epoch, ...]
    """Empty if none is finished."""
    record: RunRecord | None
    """None if the run is not finished."""
    recipe: dict[str, Any]
    """The training settings as run."""


@dataclasses.dataclass(frozen=True)
class NetworkResults:
    """What is known of one network."""

    name: str
    """The network's, or the run's if nothing else is known."""
    scores: Scores | None = None
    robustness: Robustness | None = None
    run: TrainingRun | None = None
    predictions: Predictions | None = None
    folder: Path = Path()
    """Where the scores are; the path of their predictions starts there."""

    @property
    def classes(self) -> Vocabulary:
        """What the network tells apart."""
        if self.scores is not None:
            return self.scores.classes
        if self.run is not None and self.run.record is not None:
            return self.run.record.vocabulary
        return FER2013

    @property
    def split(self) -> str:
        """The split that was scored, in words."""
        return split_in_words(self.scores.split if self.scores else None, self.classes)


def collect(sources: Sequence[Source], say: Say = lambda _: None) -> list[NetworkResults]:
    """Collect what sources hold of each network.

    A run and results of the same name are of the same network, unless their SHA-256 differ.

    Parameters
    ----------
    sources
        Run folders, JSON files of one network or a list, and results.
    say
        Called with a sentence for each file of predictions that cannot be shown.

    Returns
    -------
    list
        One entry a network: those with scores first, in the order given.

    Raises
    ------
    DataError
        If a source cannot be read, two are about the same network, or two networks have one name.
    """
    paths = [Path(source) for source in sources if isinstance(source, str | Path)]
    folders = [path for path in paths if path.is_dir()]
    results: list[tuple[Path | None, Scores | Robustness]] = []
    for source in sources:
        if isinstance(source, Scores | Robustness):
            results.append((None, source))
        elif not Path(source).is_dir():
            results += [(Path(source), result) for result in read_results(source)]
    networks = join(results, [read_run(folder) for folder in folders])
    return [_with_predictions(network, say) for network in networks]


def join(
    results: Iterable[tuple[Path | None, Scores | Robustness]], runs: Iterable[TrainingRun]
) -> list[NetworkResults]:
    """Join results, each with the file it came from, and runs by the network's name.

    Raises
    ------
    DataError
        If two are about the same network, or two networks have one name.
    """
    results = list(results)
    networks: dict[str, NetworkResults] = {}
    for file, result in results:
        if isinstance(result, Scores):
            if result.net in networks:
                _refuse_other(networks[result.net], result, file)
            _refuse_second(result.net in networks, "hold scores", result.net, file)
            networks[result.net] = NetworkResults(
                result.net, result, result.robustness, folder=file.parent if file else Path()
            )
    for file, result in results:
        if isinstance(result, Robustness):
            network = networks.get(result.net, NetworkResults(result.net))
            _refuse_other(network, result, file)
            _refuse_second(
                network.robustness is not None, "hold scores on corrupted faces", result.net, file
            )
            networks[result.net] = dataclasses.replace(network, robustness=result)
    for run in runs:
        network = networks.get(run.name, NetworkResults(run.name))
        _refuse_second(network.run is not None, "are runs", run.name, None)
        _refuse_other_classes(network, run)
        networks[run.name] = dataclasses.replace(network, run=run)
    return list(networks.values())


def read_run(folder: Path) -> TrainingRun:
    """Read a run folder.

    Raises
    ------
    DataError
        If its metrics cannot be read.
    TrainingError
        If it is not a run, or its record is damaged.
    """
    run = Run.open(folder)
    # Files are named by their whole paths, which should not be published.
    recipe = run.settings().train.model_dump(mode="json", exclude={"out", *FILES})
    name, fix = folder.resolve().name, "Train it again, or name another run."
    record = run.record() if run.finished else None
    try:
        rows = run.rows()
    except OSError as error:
        raise DataError(
            f"Cannot read the run {folder}: {error.strerror or error}.", "Name another run."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"The metrics.csv of the run {folder} is damaged.", fix) from error
    epochs = tuple(checked(Epoch, row, f"metrics.csv of the run {name}", fix) for row in rows)
    return TrainingRun(name, epochs, record, recipe if record is None else record.recipe)


def _refuse_second(second: bool, what: str, name: str, file: Path | None) -> None:
    if second:
        where = f", the second being {file}" if file else ""
        raise DataError(f"Two sources {what} of {name}{where}.", "Name each network once.")


def _refuse_other(network: NetworkResults, result: Scores | Robustness, file: Path | None) -> None:
    """Refuse results of another network that has the same name."""
    known = (network.scores or network.robustness), result
    ours, theirs = (part.sha256 if part else None for part in known)
    if ours and theirs and ours != theirs:
        where = f" in {file}" if file else ""
        raise DataError(
            f"The results of {network.name}{where} are of another network of that name, with the"
            f" SHA-256 {theirs[:12]} instead of {ours[:12]}.",
            "Measure the same network again, or make a page for each.",
        )


def _refuse_other_classes(network: NetworkResults, run: TrainingRun) -> None:
    if network.scores is None or run.record is None:
        return
    ours, theirs = network.scores.classes, run.record.vocabulary
    if ours.names != theirs.names:
        raise DataError(
            f"The run {run.name} was trained for {theirs.in_words()}, but the scores of that name"
            f" are for {ours.in_words()}.",
            "Name the run that the network was exported from, or rename its folder.",
        )


def _with_predictions(network: NetworkResults, say: Say) -> NetworkResults:
    """Read the predictions that scores name, if the file is still there."""
    scores = network.scores
    if scores is None or scores.predictions is None:
        return network
    path = network.folder / scores.predictions
    if not path.is_file():
        say(f"{path}, which the scores of {network.name} name, is missing, so it was left out.")
        return network
    try:
        predictions = read_predictions(path)
    except MissingExtraError as error:
        say(f"{path} was left out: {error}")
        return network
    _check_predictions(predictions, scores, path)
    return dataclasses.replace(network, predictions=predictions)


def _check_predictions(predictions: Predictions, scores: Scores, path: Path) -> None:
    """Refuse predictions that the scores are not about."""
    correct = int((predictions.predicted == predictions.labels).sum())
    expected = sum(row[place] for place, row in enumerate(scores.confusion))
    if (predictions.net, len(predictions.labels), correct) != (scores.net, scores.n, expected):
        raise DataError(
            f"{path} holds predictions of {predictions.net} for {len(predictions.labels):,} faces,"
            f" {correct:,} of them correct; the scores that name it are of {scores.net} on"
            f" {scores.n:,} faces, {expected:,} of them correct.",
            "Write scores and predictions in one call of mien evaluate.",
        )
