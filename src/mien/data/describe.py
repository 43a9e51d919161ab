"""Counts what a data set holds, and shows it."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.classes import FER2013, NAMES, Expression
from mien.data.duplicates import fingerprints
from mien.data.samples import MEMBERS, Samples
from mien.errors import DataError, require
from mien.figures import INK, new_figure, save

_TITLES = {
    "train": "Training",
    "public": "PublicTest",
    "private": "PrivateTest",
    "test": "Test",
    "all": "All",
}
_COLUMNS = 8


def draw_counts(counts: dict[str, dict[str, int]], file: Path, kind: str = "") -> None:
    """Draw the faces of each class as one bar a split.

    Parameters
    ----------
    counts
        Faces by split, then by class name.
    file
        PNG or SVG to write.
    kind
        ``.png`` or ``.svg``; the file's own suffix if empty.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    figure = new_figure(9, 4.6)
    axes = figure.add_subplot()
    width = 0.84 / len(counts)
    for place, by_name in enumerate(counts.values()):
        shade = place / len(counts)
        where = np.arange(len(NAMES)) - 0.42 + width * (place + 0.5)
        colours = [_lighter(expression, shade) for expression in FER2013]
        edges = [_lighter(expression, 0) for expression in FER2013]
        bars = axes.bar(
            where, [by_name[name] for name in NAMES], width * 0.92, color=colours, edgecolor=edges
        )
        axes.bar_label(bars, fmt="{:,.0f}", padding=2, fontsize=7.5, color=INK)
    total = sum(sum(by_name.values()) for by_name in counts.values())
    _finish_counts(axes, f"{total:,} faces by class")
    if len(counts) > 1:
        _shade_legend(axes, counts)
    save(figure, file, kind)


def draw_samples(samples: Samples, file: Path, kind: str = "") -> None:
    """Draw eight faces of each class, a row a class.

    Parameters
    ----------
    samples
        The data set; the same one gives the same faces.
    file
        PNG or SVG to write.
    kind
        ``.png`` or ``.svg``; the file's own suffix if empty.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    shown = examples(samples)
    figure = new_figure(_COLUMNS + 1.6, len(shown) + 0.5)
    grid = figure.subplots(len(shown), _COLUMNS, squeeze=False)
    for (expression, picked), row in zip(shown.items(), grid, strict=True):
        for axes in row:
            axes.set_axis_off()
        for axes, face in zip(row, samples.images[picked], strict=False):
            axes.imshow(face, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        _name_row(row[0], expression, int((samples.labels == expression).sum()))
    figure.suptitle(
        f"Examples from {len(samples):,} faces", fontsize=13, fontweight="bold", color=INK
    )
    save(figure, file, kind)


def examples(samples: Samples) -> dict[Expression, list[int]]:
    """Pick the rows of eight faces of each class that is there, or of all where it has fewer."""
    random = np.random.default_rng(0)
    return {
        each: _distinct(samples, random.permutation(np.flatnonzero(samples.labels == each)))
        for each in FER2013
        if (samples.labels == each).any()
    }


def _distinct(samples: Samples, rows: NDArray[np.intp]) -> list[int]:
    """Pick the first rows whose faces differ, since FER-2013 holds many faces twice."""
    picked: dict[bytes, int] = {}
    for row in rows.tolist():
        if len(picked) == _COLUMNS:
            break
        picked.setdefault(samples.images[row].tobytes(), row)
    return sorted(picked.values())


def _finish_counts(axes: Any, title: str) -> None:
    """Name the classes and take away the lines that say nothing."""
    axes.set_title(title, loc="left", fontsize=13, fontweight="bold", color=INK, pad=14)
    axes.set_xticks(range(len(NAMES)), NAMES, fontsize=11)
    axes.set_ylabel("faces")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    # The bars carry their numbers, so lines behind them would only cross the text.
    axes.tick_params(length=0, colors=INK)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.margins(x=0.02, y=0.08)


def _shade_legend(axes: Any, counts: dict[str, dict[str, int]]) -> None:
    """Explain the shades in grey, since each class has a colour of its own."""
    patch = require("matplotlib.patches", "train").Patch
    handles = [
        patch(
            facecolor=_lighter(FER2013["neutral"], place / len(counts)),
            edgecolor=_lighter(FER2013["neutral"], 0),
            label=f"{_TITLES[split]} ({sum(by_name.values()):,})",
        )
        for place, (split, by_name) in enumerate(counts.items())
    ]
    axes.legend(
        handles=handles,
        frameon=False,
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=len(handles),
    )


def _name_row(axes: Any, expression: Expression, faces: int) -> None:
    """Write the class and its count to the left of its row, beside a bar in its colour."""
    place: dict[str, Any] = {"transform": axes.transAxes, "ha": "right"}
    axes.text(-0.2, 0.52, expression.name, va="bottom", fontsize=12, color=INK, **place)
    axes.text(-0.2, 0.44, f"{faces:,}", va="top", fontsize=9, color="#666666", **place)
    axes.plot(
        [-0.1, -0.1], [0, 1], color=_lighter(expression, 0), lw=4, transform=axes.transAxes,
        clip_on=False, solid_capstyle="butt",
    )


def _lighter(expression: Expression, share: float) -> tuple[float, ...]:
    """Mix an expression's colour with white."""
    return tuple((value + (255 - value) * share) / 255 for value in expression.colour)


ORDER = ("train", "public", "private", "test", "all")
"""The splits a face can be in, as they are listed."""


@dataclasses.dataclass(frozen=True)
class Twins:
    """How many faces of a data set are pixel-identical to others."""

    groups: int
    """Groups of two or more identical faces."""
    faces: int
    """Faces in these groups."""
    conflicting_groups: int
    """Groups whose faces have different labels."""
    conflicting_faces: int
    """Faces in these."""
    test_in_train: int
    """Faces of the test splits that are identical to one of train."""


@dataclasses.dataclass(frozen=True)
class Description:
    """What a data set holds."""

    n: int
    """Number of faces."""
    sha256: str
    """SHA-256 of the content."""
    counts: dict[str, dict[str, int]]
    """Faces by split, then by class name."""
    twins: Twins
    """Its pixel-identical faces."""
    skipped: tuple[str, ...]
    """One sentence for each bad picture that was left out."""
    files: tuple[Path, ...]
    """What was written: ``counts.json``, ``counts.png`` and ``samples.png``."""

    def to_dict(self) -> dict[str, Any]:
        """Give everything but the files, as counts.json holds it."""
        values = dataclasses.asdict(self)
        del values["files"]
        return values | {"skipped": list(self.skipped)}


def describe(samples: Samples, out: Path) -> Description:
    """Count the faces by class and split, find twins, and draw both counts and examples.

    Parameters
    ----------
    samples
        The data set.
    out
        Folder for ``counts.json``, ``counts.png`` and ``samples.png``; made if it is missing.

    Returns
    -------
    Description
        What was counted, and the files written.

    Raises
    ------
    DataError
        If a file cannot be written.
    MissingExtraError
        If matplotlib is not installed.
    """
    files = tuple(out / name for name in ("counts.json", "counts.png", "samples.png"))
    made = Description(
        n=len(samples),
        sha256=samples.sha256,
        counts=count(samples),
        twins=count_twins(samples),
        skipped=samples.skipped,
        files=files,
    )
    try:
        out.mkdir(parents=True, exist_ok=True)
        files[0].write_text(json.dumps(made.to_dict(), indent=2) + "\n", encoding="utf-8")
        draw_counts(made.counts, files[1])
        draw_samples(samples, files[2])
    except OSError as error:
        raise DataError(
            f"Cannot write to {out}: {error.strerror}.", "Name another folder with --out."
        ) from error
    return made


def count(samples: Samples) -> dict[str, dict[str, int]]:
    """Count the faces by split, then by class name; only the splits that are there."""
    there = set(samples.splits.tolist())
    return {
        split: samples[samples.splits == split].counts() for split in ORDER if split in there
    }


def count_twins(samples: Samples) -> Twins:
    """Count the pixel-identical faces, and those of them whose labels differ."""
    groups: dict[bytes, list[int]] = defaultdict(list)
    for row, print_ in enumerate(fingerprints(samples)):
        groups[print_].append(row)
    twins = [rows for rows in groups.values() if len(rows) > 1]
    conflicting = [rows for rows in twins if len(set(samples.labels[rows].tolist())) > 1]
    train, test = samples.splits == "train", np.isin(samples.splits, MEMBERS["test"])
    return Twins(
        groups=len(twins),
        faces=sum(map(len, twins)),
        conflicting_groups=len(conflicting),
        conflicting_faces=sum(map(len, conflicting)),
        test_in_train=sum(int(test[rows].sum()) for rows in twins if train[rows].any()),
    )
