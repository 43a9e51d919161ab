"""The command mien evaluate."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.cli.options import flag, with_flags
from mien.cli.outputs import file_of, say_written, write_output
from mien.errors import SettingsError, require
from mien.settings import EvaluateSettings, Settings, load
from mien.stdout import is_stdout

if TYPE_CHECKING:
    from mien.data import Samples
    from mien.evaluation import Scores
    from mien.models.info import InputSpec

app = typer.Typer(add_completion=False)


@app.command()
@with_flags(EvaluateSettings)
def evaluate(
    data: Path | None = typer.Argument(None, help="Zip, folder, CSV or Parquet with labels."),
    skip_bad: bool | None = flag(Settings, "skip_bad"),
    config: Path | None = typer.Option(None, help="TOML file with settings."),
    *,
    flags: dict[str, Any],
) -> None:
    """Measure a network on labelled faces."""
    run_evaluate(load(config, data=data, skip_bad=skip_bad, evaluate=flags))


def run_evaluate(settings: Settings) -> None:
    """Score the networks, write the scores where a file was named, and print tables."""
    from mien.cli.scores_table import show
    from mien.models import names

    options = settings.evaluate
    _prepare(options, settings.data_or_fail())
    read = functools.cache(functools.partial(_read, settings))
    results: list[Scores] = []
    on_stderr = is_stdout(options.json_file)
    for net in names() if options.net == "all" else (options.net,):
        results.append(_score(net, settings, read))
        # Before anything is printed, since printing fails if its reader has gone (`| head`).
        _write(results, options)
        show(results[-1], on_stderr)
    if options.json_file is not None and on_stderr:
        write_output(options.json_file, _in_json(results, options), "json_file")
    files = options.json_file, options.predictions, options.figure
    say_written(*files, on_stderr=on_stderr)


def _write(results: list[Scores], options: EvaluateSettings) -> None:
    """Write the scores of the networks so far, and the figure, to their files."""
    if options.figure is not None:
        _draw(results[0], options.figure)
    json_file = file_of(options.json_file)
    if json_file is not None:
        write_output(json_file, _in_json(results, options), "json_file")


def _in_json(results: list[Scores], options: EvaluateSettings) -> str:
    """Return the scores of the only network, or a list of those of all."""
    from mien.evaluation.results import to_json

    return to_json(results) if options.net == "all" else results[0].to_json()


def _score(net: str, settings: Settings, read: Callable[[Path, InputSpec], Samples]) -> Scores:
    """Score one network; ``read`` keeps the data for the networks that follow."""
    from mien.evaluation import evaluate as measure
    from mien.perception.classifier import Classifier
    from mien.perception.reader import Reader

    options, path = settings.evaluate, settings.data_or_fail()
    score = functools.partial(
        measure,
        split=options.split,
        votes=options.votes,
        groups=options.groups,
        exclude=options.exclude,
        exclude_reasons=options.reasons,
        target_accuracy=options.target_accuracy,
        coverage=options.levels,
        corrupt=options.corruptions,
        severities=options.severity_levels,
        corrupt_seed=options.corrupt_seed,
        predictions=options.predictions,
        skip_bad=settings.skip_bad,
        limits=settings.limits,
    )
    if options.detect:
        reader = Reader(net, flip_tta=options.flip_tta, labels=options.labels)
        if settings.skip_bad:
            # Names what is left out, which the pictures alone do not.
            read(path, reader.info.input)
        return score(path, reader, against=options.against, detect=True)
    classifier = Classifier(net, flip_tta=options.flip_tta, labels=options.labels)
    spec = classifier.info.input
    against = None if options.against is None else read(options.against, spec)
    return _moveable(score(read(path, spec), classifier, against=against), options)


def _moveable(scores: Scores, options: EvaluateSettings) -> Scores:
    """Name the predictions relative to the scores, so that both can be moved together."""
    if options.predictions is None or options.json_file is None:
        return scores
    # For - that is the current folder.
    there = os.path.relpath(options.predictions, options.json_file.parent)
    return scores.with_parts(predictions=Path(there).as_posix())


def _read(settings: Settings, path: Path, spec: InputSpec) -> Samples:
    """Read crops for a network, and name on stderr the pictures that were left out."""
    from mien.cli.messages import say_skipped
    from mien.data import read

    samples = read(path, spec=spec, skip_bad=settings.skip_bad, limits=settings.limits)
    say_skipped(samples.skipped)
    if samples.whole_photos is not None:
        typer.echo(f"mien: {samples.whole_photos.about(spec)} (Flag: --detect.)", err=True)
    return samples


def _prepare(options: EvaluateSettings, data: Path) -> None:
    """Refuse what cannot be done, and make the folders, before any work starts."""
    from mien.files import make_folder

    if options.net == "all":
        for name in ("predictions", "figure"):
            if getattr(options, name) is not None:
                raise SettingsError(
                    f"The file for {name} holds one network, but all are to be measured.",
                    "Name one network.",
                    "net",
                )
    if is_stdout(options.predictions):
        raise SettingsError(
            "Predictions are a Parquet file, which is not written to standard output.",
            "Name a file for them.",
            "predictions",
        )
    if options.figure is not None:
        _prepare_figure(options, options.figure)
    _check_outputs(options, data)
    files = {"json_file": file_of(options.json_file), "figure": options.figure}
    for name, file in files.items():
        if file is not None:
            make_folder(file.parent, setting=name)


def _check_outputs(options: EvaluateSettings, data: Path) -> None:
    """Refuse outputs that would replace an input, or anything that is not mien's."""
    from mien.outputs import check_outputs

    files = (options.against, options.votes, options.groups, options.exclude)
    net = Path(options.net)
    inputs = [data, net, net.with_suffix(".json"), *(file for file in files if file is not None)]
    outputs = {"json_file": file_of(options.json_file), "predictions": options.predictions}
    check_outputs(outputs, inputs, kind="scores")
    check_outputs({"figure": options.figure}, inputs, kind="figure")


def _prepare_figure(options: EvaluateSettings, figure: Path) -> None:
    if options.corrupt is None:
        raise SettingsError(
            "The figure shows the scores on corrupted faces, but none are to be measured.",
            "Choose corruptions, such as all.",
            "corrupt",
        )
    if figure.suffix.lower() != ".png":
        raise SettingsError(
            f"Expected a PNG for the figure, got {figure}.", "End its name in .png.", "figure"
        )
    require("matplotlib.figure", "train")


def _draw(scores: Scores, path: Path) -> None:
    """Draw the accuracy on corrupted faces."""
    from mien.evaluation.heatmap import draw_heatmap
    from mien.figures import save
    from mien.files import replace

    assert scores.robustness is not None
    figure = draw_heatmap(scores.robustness, len(scores.classes))
    replace(path, lambda part: save(figure, part, ".png"), setting="figure")
