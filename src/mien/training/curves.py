"""Draws accuracy and loss over the epochs."""

from __future__ import annotations

from pathlib import Path

from mien.figures import ONE, TWO, paper, save
from mien.training.run import Row, keep


def draw_curves(rows: list[Row], title: str, path: Path, kind: str = "") -> None:
    """Draw a run's curves.

    Parameters
    ----------
    rows
        The epochs' metrics, as `Run.rows` gives them.
    title
        Name of the network.
    path
        PNG or SVG to write.
    kind
        ``.png`` or ``.svg``; the path's own suffix if empty.
    """
    figure = paper(10, 4)
    figure.suptitle(title)
    epochs = [row["epoch"] for row in rows]
    for axes, name in zip(figure.subplots(1, 2), ("accuracy", "loss"), strict=True):
        for half, label, colour in (
            ("train", "Training, augmented and with dropout", ONE),
            ("val", "PublicTest", TWO),
        ):
            values = [row[f"{half}_{name}"] for row in rows]
            # A line of one point would not show.
            marker = "." if len(rows) < 3 else ""
            axes.plot(epochs, values, color=colour, label=label, marker=marker)
        axes.set(xlabel="epoch", ylabel=name)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    keep(path, lambda part: save(figure, part, kind or path.suffix))
