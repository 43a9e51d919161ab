"""Draws accuracy and loss over the epochs."""

from __future__ import annotations

from pathlib import Path

from mien.training.run import Row, keep


def draw_curves(rows: list[Row], title: str, path: Path) -> None:
    """Draw a run's curves.

    Parameters
    ----------
    rows
        The epochs' metrics, as `Run.rows` gives them.
    title
        Name of the network.
    path
        PNG to write.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    figure.suptitle(title)
    epochs = [row["epoch"] for row in rows]
    for axes, name in zip(figure.subplots(1, 2), ("accuracy", "loss"), strict=True):
        for half, label, colour in (
            ("train", "Training, augmented and with dropout", "#0072b2"),
            ("val", "PublicTest", "#d55e00"),
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
    keep(path, lambda part: figure.savefig(part, dpi=120, format="png"))
