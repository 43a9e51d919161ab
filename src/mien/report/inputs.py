"""Collects what is known of each network from files, run folders and results."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from mien.classes import FER2013, Vocabulary
from mien.errors import DataError, MissingExtraError
from mien.evaluation.confusion import confusion
from mien.evaluation.predictions import Predictions, read_predictions
from mien.evaluation.results import Robustness, Scores, checked, read_results
from mien.evaluation.wording import split_in_words
from mien.models import shipped_as
from mien.report.commands import shown
from mien.training.record import Epoch, RunRecord
from mien.training.run import FILES, Run

Source = str | Path | Scores | Robustness
"""A run folder, a JSON file of results, or results themselves."""

LABELS_ALONE = " (fer2013 labels)"
"""What a network's name ends in if its answer to FER-2013's labels alone was measured."""

FLIPPED = " with flip TTA"
"""Ends the name of a network that reads each face's mirror image too."""

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
    weights_sha256: str | None = None
    """SHA-256 of the best epoch's weights, if known."""
    folder: Path = Path()
    """Its whole path."""
    path: Path | None = None
    """Its path as the user named it."""
    data: Path | None = None
    """The data that it learns from."""


@dataclasses.dataclass(frozen=True)
class NetworkResults:
    """What is known of one network."""

    name: str
    """The network's, or the run's if nothing else is known; on a page no other has it."""
    scores: Scores | None = None
    robustness: Robustness | None = None
    run: TrainingRun | None = None
    predictions: Predictions | None = None
    file: Path | None = None
    """Where the results are; the path of their predictions starts in its folder."""
    note: str = ""
    """Why it is shown apart from another that may seem to be the same."""

    @property
    def net(self) -> str:
        """What commands call it."""
        measured = self.scores or self.robustness
        if measured is not None:
            return measured.net
        return self.name if self.run is None else self.run.name

    @property
    def weights_sha256(self) -> str | None:
        """SHA-256 of the run's weights that it was exported from, if known."""
        return None if self.scores is None else self.scores.weights_sha256

    @property
    def classes(self) -> Vocabulary:
        """The network's classes."""
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

    Results are of the same network if its SHA-256 is the same, and a run is what a network was
    exported from if the SHA-256 of their weights is the same; names prove nothing. What cannot
    be joined becomes an entry of its own, with a note if that may be surprising.

    Parameters
    ----------
    sources
        Run folders, JSON files of one network or a list, and results.
    say
        Called with a sentence for each file of predictions that cannot be shown, and for each run
        that may belong to scores.

    Returns
    -------
    list
        One entry a network, with a name of its own: those with scores first, in the order given.

    Raises
    ------
    DataError
        If a source cannot be read, or two hold the same kind of results of one network.
    """
    paths = [Path(source) for source in sources if isinstance(source, str | Path)]
    _check_there(paths)
    folders = [path for path in paths if path.is_dir()]
    results: list[tuple[Path | None, Scores | Robustness]] = []
    for source in sources:
        if isinstance(source, Scores | Robustness):
            results.append((None, source))
        elif not Path(source).is_dir():
            results += [(Path(source), result) for result in read_results(source)]
    networks = join(results, [read_run(folder) for folder in folders])
    for network in networks:
        if network.note:
            say(network.note)
    return [_with_predictions(network, say) for network in networks]


def _check_there(paths: Iterable[Path]) -> None:
    """Refuse sources that are neither a folder nor a file."""
    for path in paths:
        if not path.exists():
            raise DataError(
                f"Cannot read {path}: No such file or folder.",
                "Name a run's folder, such as runs/lobonet, or a JSON file of scores that mien"
                " evaluate wrote.",
                "sources",
            )


def join(
    results: Iterable[tuple[Path | None, Scores | Robustness]], runs: Iterable[TrainingRun]
) -> list[NetworkResults]:
    """Join results, each with the file it came from, and runs, as `collect` says.

    Raises
    ------
    DataError
        If two hold the same kind of results of one network.
    """
    results = list(results)
    networks: list[NetworkResults] = []
    for file, result in results:
        if isinstance(result, Scores):
            _refuse_second([network.scores for network in networks], result, file)
            networks.append(NetworkResults(result.net, result, result.robustness, file=file))
    for file, result in results:
        if isinstance(result, Robustness):
            _refuse_second([network.robustness for network in networks], result, file)
            _add_robustness(networks, result, file)
    for run in runs:
        _add_run(networks, run)
    return _with_own_names(networks)


def _add_robustness(
    networks: list[NetworkResults], result: Robustness, file: Path | None
) -> None:
    """Add accuracy on corrupted faces to its network, or as a new one."""
    for place, network in enumerate(networks):
        scores = network.scores
        same = scores and result.sha256 and scores.sha256 == result.sha256
        if scores and same and _is_mirrored(scores) == _is_mirrored(result):
            networks[place] = dataclasses.replace(network, robustness=result)
            return
    alike = any(network.name == result.net for network in networks)
    note = (
        f"The results on corrupted faces of {result.net} are shown apart from its scores: without a"
        " SHA-256 of the same network in both files, nothing shows that they belong together."
    )
    alone = NetworkResults(result.net, robustness=result, file=file, note=note if alike else "")
    networks.append(alone)


def _add_run(networks: list[NetworkResults], run: TrainingRun) -> None:
    """Add a run to the networks that were exported from it, or as a new one."""
    if any(network.run and network.run.folder == run.folder for network in networks):
        raise DataError(f"The run {run.name} is named twice.", "Name each run once.")
    joined = False
    for place, network in enumerate(networks):
        if run.weights_sha256 and network.weights_sha256 == run.weights_sha256:
            networks[place], joined = dataclasses.replace(network, run=run), True
    if not joined:
        networks.append(NetworkResults(run.name, run=run, note=_apart(networks, run)))


def _apart(networks: Sequence[NetworkResults], run: TrainingRun) -> str:
    """Say why a run is shown apart from scores that may seem to be its own; empty if none do."""
    measured = [network for network in networks if network.scores]
    for network in measured:
        name = shipped_as(network.scores.sha256 if network.scores else None)
        if name == run.name:
            return (
                f"These are the scores of the shipped {name}, not of the run {name}, which is"
                f" shown apart. To measure the run, export it and name its file, as ./{name}.onnx."
            )
    measured = [
        network
        for network in measured
        if network.scores and shipped_as(network.scores.sha256) is None
    ]
    unknown = [network.name for network in measured if network.weights_sha256 is None]
    if run.weights_sha256 is None and measured:
        unknown = [network.name for network in measured]
    elif any(network.name == run.name for network in measured if network.weights_sha256):
        return (
            f"The run {run.name} is not what the network of that name was exported from: their"
            " weights differ, so they are shown apart."
        )
    if not unknown:
        return ""
    return (
        f"Nothing shows whether the scores of {' or '.join(unknown)} are those of the run"
        f" {run.name}, so they are shown apart. Export the run and measure it again with this"
        " version of mien to see them together."
    )


def _with_own_names(networks: Sequence[NetworkResults]) -> list[NetworkResults]:
    """Give networks of the same name names of their own."""
    counts = Counter(network.name for network in networks)
    runs = Counter(network.name for network in networks if _is_run_alone(network))
    named: dict[str, NetworkResults] = {}
    for network in networks:
        what = "" if counts[network.name] == 1 else f" ({_what(network, runs[network.name])})"
        name, number = f"{network.name}{what}", 1
        while name in named:
            number += 1
            name = f"{network.name}{what} {number}"
        named[name] = dataclasses.replace(network, name=name)
    return list(named.values())


def _is_run_alone(network: NetworkResults) -> bool:
    return network.scores is None and network.robustness is None


def _place(run: TrainingRun) -> str:
    """Return a run's folder as a page may show it, with the folder that it is in."""
    place = shown(run.path or run.folder)
    return place if "/" in place else "/".join(run.folder.parts[-2:])


def _what(network: NetworkResults, runs: int) -> str:
    """Return what distinguishes a network from others of its name.

    Parameters
    ----------
    network
        One of them.
    runs
        How many of them are runs without results.
    """
    measured = network.scores or network.robustness
    if measured is None:
        return "run" if runs == 1 or network.run is None else _place(network.run)
    if measured.sha256:
        return measured.sha256[:8]
    return network.file.name if network.file else "without SHA-256"


def read_run(folder: Path) -> TrainingRun:
    """Read a run folder.

    Raises
    ------
    DataError
        If it is not a run, or its metrics cannot be read.
    TrainingError
        If its record is damaged.
    """
    if not Run(folder).config.is_file():
        raise DataError(
            f"Expected a run with a config.toml in {folder}, found none.",
            "Name a folder that mien train made, such as runs/lobonet, or a JSON file of scores"
            " that mien evaluate wrote.",
            "sources",
        )
    run = Run.open(folder)
    # Files are named by their whole paths, which should not be published.
    settings = run.settings()
    recipe = settings.train.model_dump(mode="json", exclude={"out", *FILES})
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
    recipe = recipe if record is None else record.recipe
    return TrainingRun(
        name,
        epochs,
        record,
        recipe,
        run.weights_sha256(),
        folder.resolve(),
        path=folder,
        data=settings.data,
    )


def _refuse_second(
    known: Sequence[Scores | Robustness | None], result: Scores | Robustness, file: Path | None
) -> None:
    """Refuse results of a network that already has results of the same kind."""
    for other in known:
        same = other and result.sha256 is not None and result.sha256 == other.sha256
        if same and other and _is_mirrored(result) != _is_mirrored(other):
            # The same weights, used in another way.
            continue
        if isinstance(result, Scores) and isinstance(other, Scores) and same:
            _refuse_other_faces(other, result, file)
        if same or result == other:
            what = "scores" if isinstance(result, Scores) else "scores on corrupted faces"
            where = f", the second being {file}" if file else ""
            raise DataError(
                f"Two sources hold {what} of {result.net}{where}.", "Name each network once."
            )


def _is_mirrored(result: Scores | Robustness) -> bool:
    """Tell whether a network read each face's mirror image too."""
    return result.net.endswith(FLIPPED)


def _refuse_other_faces(first: Scores, second: Scores, file: Path | None) -> None:
    """Refuse scores of one network on two sets of faces, and say how these differ."""
    one, two = (_faces_in_words(scores) for scores in (first, second))
    if first.data_sha256 != second.data_sha256:
        two += " of other data"
    if one != two:
        where = f" (in {file})" if file else ""
        raise DataError(
            f"Two sources hold scores of {first.net}: on {one}, and on {two}{where}.",
            "Make a page for each, since scores on different faces cannot be compared.",
        )


def _faces_in_words(scores: Scores) -> str:
    """Return which faces were scored: ``"3,589 faces (PublicTest, 12 left out)"``."""
    out = f", {scores.excluded.n:,} left out" if scores.excluded and scores.excluded.n else ""
    return f"{scores.n:,} faces ({split_in_words(scores.split, scores.classes)}{out})"


def _with_predictions(network: NetworkResults, say: Say) -> NetworkResults:
    """Read the predictions that scores name, if the file is still there."""
    scores = network.scores
    if scores is None or scores.predictions is None:
        return network
    path = (network.file.parent if network.file else Path()) / scores.predictions
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
    classes = len(predictions.vocabulary)
    matrix = confusion(predictions.labels, predictions.predicted, classes)[:, :-1].tolist()
    same_data = scores.data_sha256 in (None, predictions.sha256)
    if predictions.net == scores.net and same_data and matrix == list(map(list, scores.confusion)):
        return
    ours, theirs = (sum(rows[place] for place, rows in enumerate(table))
                    for table in (matrix, scores.confusion))  # fmt: skip
    raise DataError(
        f"{path} holds predictions of {predictions.net} for {len(predictions.labels):,} faces,"
        f" {ours:,} of them correct; the scores that name it are of {scores.net} on"
        f" {scores.n:,} faces, {theirs:,} of them correct"
        f"{'.' if same_data else ', and of other data.'}",
        "Write scores and predictions in one call of mien evaluate.",
    )
