"""Writes the commands that pages show: what makes a page, and what adds to it.

Only this module of the pages names flags, so that a test can compare them with the command line.
Words with characters that are special to a shell are quoted.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from mien.models import names, shipped_as
from mien.settings import AuditSettings, ReportSettings, Settings, StudySettings

DATA, RUN, TRAINING_DATA = "DATA", "RUN", "TRAINING-DATA"
"""Stand in commands for what is not known."""

PLACEHOLDERS: Mapping[str, str] = {
    DATA: "the data to measure on",
    RUN: "the folder of the network's training",
    TRAINING_DATA: "the data that the network was trained on",
}
"""What people should put in their places."""

ADDITIONS: Mapping[str, tuple[str, ...]] = {
    "scores": (),
    "prediction sets": ("--coverage", "0.8,0.9,0.95"),
    "votes": ("--votes", "fer2013new.csv"),
    "groups": ("--groups", "groups.csv"),
    "corruptions": ("--corrupt", "all"),
    "duplicates": ("--against", TRAINING_DATA),
    "threshold": ("--target-accuracy", "0.9"),
}
"""What ``mien evaluate`` can measure besides the scores, and the options for it."""

SHEET = "mien detect photo.jpg --sheet sheet.png"
"""Puts the emoji of each face beside its crop."""
EXPLAIN = "mien detect photo.jpg --explain"
"""Shows what an answer relied on."""


def evaluate_command(
    net: str,
    split: str | None = None,
    add: str = "scores",
    predictions: bool = False,
    *,
    data: str | Path = DATA,
    training_data: str | Path = TRAINING_DATA,
    shipped: bool = False,
    flip_tta: bool = False,
    labels: str | None = None,
) -> str:
    """Return the command that measures a network.

    Parameters
    ----------
    net
        Name of the network.
    split
        What it was measured on before; the command's default if None.
    add
        Key of `ADDITIONS`.
    predictions
        Whether to keep the prediction for each face too.
    data
        The data; `DATA` where it is not known.
    training_data
        What the network learned from; `TRAINING_DATA` where it is not known.
    shipped
        Whether it is the shipped network of that name; any other is expected as an ONNX file.
    flip_tta
        Whether it reads each face's mirror image too.
    labels
        Which of the network's answers is measured; its default if None.
    """
    words = ["mien", "evaluate", shown(data), "--net", net if shipped else f"{net}.onnx"]
    words += ["--split", split] if split else []
    words += ["--flip-tta"] if flip_tta else []
    words += ["--labels", labels] if labels else []
    known = {TRAINING_DATA: shown(training_data)}
    words += [*(known.get(word, word) for word in ADDITIONS[add])]
    words += ["--json", scores_file(net, flip_tta, labels)]
    kept = f"{_stem(net, flip_tta, labels)}.parquet"
    words += ["--predictions", kept] if predictions else []
    return shlex.join(words)


def scores_file(net: str, flip_tta: bool = False, labels: str | None = None) -> str:
    """Name a file for a network's scores, other than the NAME.json of an exported network."""
    return f"{_stem(net, flip_tta, labels)}-scores.json"


def _stem(net: str, flip_tta: bool, labels: str | None) -> str:
    """Name what one network gave with certain options."""
    parts = [net, *([labels] if labels else []), *(["flip-tta"] if flip_tta else [])]
    return "-".join(parts)


def is_shipped(net: str, sha256: str | None) -> bool:
    """Tell whether scores are those of the shipped network of that name.

    Parameters
    ----------
    net, sha256
        As in `Scores`; earlier versions of mien wrote no SHA-256, and then the name decides.
    """
    return net in names() if sha256 is None else shipped_as(sha256) == net


def add_run_command(scores: str | Path, run: str | Path = RUN) -> str:
    """Return the command that shows a network's training beside its file of scores."""
    return shlex.join(["mien", "report", shown(run), shown(scores)])


def add_faces_command(scores: str | Path, data: str | Path = DATA) -> str:
    """Return the command that shows faces that a network got wrong."""
    return shlex.join(["mien", "report", shown(scores), "--data", shown(data)])


def export_commands(
    name: str, run: str | Path = RUN, data: str | Path = DATA
) -> tuple[str, str, str]:
    """Return the commands that export a run, measure the network, and report on both.

    Parameters
    ----------
    name
        The run's name, which the network gets as far as a network may be called so.
    run, data
        The run's folder and the data to measure on.
    """
    name = re.sub(r"[^\w-]+", "-", name).strip("-_") or "my-net"
    return (
        shlex.join(["mien", "export", shown(run), "--name", name]),
        evaluate_command(name, data=data),
        add_run_command(scores_file(name), run),
    )


def report_command(
    sources: Sequence[str | Path],
    data: str | Path | None,
    title: str | None,
    out: str | Path | None,
    skip_bad: bool,
) -> str:
    """Return the command that makes a report."""
    words = ["mien", "report", *map(shown, sources)]
    words += _option("--data", data)
    words += [] if title is None else ["--title", title]
    words += [] if out is None else _unless_default("--out", Path(out), ReportSettings().out)
    return shlex.join([*words, *_skip_bad(skip_bad)])


def audit_command(settings: Settings) -> str:
    """Return the command that makes an audit, without the settings of the section train."""
    audit = settings.audit
    words = ["mien", "data", "audit", *([] if settings.data is None else [shown(settings.data)])]
    words += _option("--votes", audit.votes)
    words += [] if audit.folds is None else ["--folds", str(audit.folds)]
    words += _option("--probabilities", audit.probabilities)
    words += _unless_default("--out", audit.out, AuditSettings().out)
    return shlex.join([*words, *_skip_bad(settings.skip_bad)])


def study_command(settings: Settings) -> str:
    """Return the command that repeats the study in the same way."""
    study, default = settings.study, StudySettings()
    words = ["mien", "study", *_option("--data", settings.data)]
    for name in ("out", "subset", "epochs", "tuned", "ablate", "seeds", "precision"):
        value = getattr(study, name)
        if value != getattr(default, name):
            words += [f"--{name}", shown(value) if isinstance(value, Path) else str(value)]
    words += [] if study.faces else ["--no-faces"]
    return shlex.join([*words, *_skip_bad(settings.skip_bad)])


def shown(path: str | Path) -> str:
    """Return a path as a page may show it.

    A relative path stays, and one below the current folder becomes relative. Of any other path,
    only the name is shown, since a page that is passed on should not tell about private folders.
    """
    path = Path(path)
    if not path.is_absolute():
        return path.as_posix()
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.name


def _option(flag: str, path: str | Path | None) -> list[str]:
    return [] if path is None else [flag, shown(path)]


def _unless_default(flag: str, path: Path, default: Path) -> list[str]:
    return [] if path == default else [flag, shown(path)]


def _skip_bad(skip_bad: bool) -> list[str]:
    return ["--skip-bad"] if skip_bad else []
