"""A run folder: everything that one training leaves behind.

::

    runs/NAME/
      config.toml                  the settings as run
      metrics.csv                  one row an epoch
      curves.png                   accuracy and loss, train and validation
      card.json                    written last, so that it marks a finished run
      checkpoints/last.ckpt        to go on from
      checkpoints/best.safetensors weights of the best epoch
"""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import nn

from mien import nets
from mien.errors import SettingsError, TrainingError
from mien.files import replace
from mien.settings import Settings, load

FILES = ("exclude", "ferplus", "init_from", "teacher")
"""Settings of a training that are files or folders."""

Row = dict[str, float]
"""One epoch's metrics."""


@dataclasses.dataclass(frozen=True)
class Run:
    """The files of one run."""

    folder: Path

    @property
    def config(self) -> Path:
        """The settings as run."""
        return self.folder / "config.toml"

    @property
    def metrics(self) -> Path:
        """One row an epoch."""
        return self.folder / "metrics.csv"

    @property
    def curves(self) -> Path:
        """Accuracy and loss by epoch."""
        return self.folder / "curves.png"

    @property
    def card(self) -> Path:
        """What was trained on what, and the best epoch."""
        return self.folder / "card.json"

    @property
    def last(self) -> Path:
        """Where the training goes on from."""
        return self.folder / "checkpoints" / "last.ckpt"

    @property
    def best(self) -> Path:
        """Weights of the best epoch."""
        return self.folder / "checkpoints" / "best.safetensors"

    @classmethod
    def create(cls, settings: Settings) -> Run:
        """Make the folder of a new run.

        Raises
        ------
        TrainingError
            If the settings name a run that is there already.
        """
        train = settings.train
        folder = train.out / (train.name or train.net)
        number = 2
        while train.name is None and folder.exists():
            folder, number = train.out / f"{train.net}-{number}", number + 1
        if folder.exists():
            raise TrainingError(
                f"There is a run {folder} already.",
                f"Go on with it by --resume {folder}, or choose another --name.",
            )
        run = cls(folder)
        run.last.parent.mkdir(parents=True)
        keep(run.config, lambda path: path.write_text(to_toml(settings), encoding="utf-8"))
        return run

    @classmethod
    def open(cls, folder: Path) -> Run:
        """Open the folder of an earlier run.

        Raises
        ------
        TrainingError
            If it is not the folder of a run.
        """
        run = cls(folder)
        if not run.config.is_file():
            raise TrainingError(
                f"Expected a run with a config.toml in {folder}, found none.",
                "Name a folder that mien train made, such as runs/lobonet.",
            )
        return run

    def settings(self) -> Settings:
        """Read the settings as run; the environment does not change them.

        Raises
        ------
        TrainingError
            If config.toml is damaged.
        """
        try:
            return load(self.config, environment=False)
        except SettingsError as error:
            raise TrainingError(
                f"The settings of the run {self.folder} cannot be read: {error.problem}",
                "Mend its config.toml, or start a new run.",
            ) from error

    def read_card(self) -> dict[str, Any]:
        """Read the card of a finished run.

        Raises
        ------
        TrainingError
            If the run is not finished.
        """
        if not self.card.is_file():
            raise TrainingError(
                f"The run {self.folder} is not finished.",
                f"Finish it with: mien train --resume {self.folder}.",
            )
        card: dict[str, Any] = json.loads(self.card.read_text(encoding="utf-8"))
        return card

    def rows(self) -> list[Row]:
        """Read metrics.csv; a run without a finished epoch has no row."""
        if not self.metrics.is_file():
            return []
        with self.metrics.open(newline="", encoding="utf-8") as file:
            return [
                {key: float(value) for key, value in row.items()} | {"epoch": int(row["epoch"])}
                for row in csv.DictReader(file)
            ]

    def write_rows(self, rows: list[Row]) -> None:
        """Write metrics.csv anew."""

        def put(path: Path) -> None:
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)

        if rows:
            keep(self.metrics, put)


def keep(path: Path, put: Callable[[Path], object]) -> None:
    """Write a file of a run so that a kill at any moment leaves the old one or the new one."""
    replace(path, put, "Free space on the disk, then go on with mien train --resume.")


def to_toml(settings: Settings) -> str:
    """Write the data and training settings as TOML that `mien train --config` takes."""
    import tomli_w

    def found(path: Path | None) -> str | None:
        return str(path.resolve()) if path else None

    train = settings.train.model_dump(mode="json")
    train |= {name: found(getattr(settings.train, name)) for name in FILES}
    kept = {
        "data": found(settings.data),
        "skip_bad": settings.skip_bad,
        "train": {key: value for key, value in train.items() if value is not None},
    }
    return tomli_w.dumps({key: value for key, value in kept.items() if value is not None})


def load_net(run: Run) -> nn.Sequential:
    """Load the best epoch's network of a finished run, ready to be used.

    Raises
    ------
    TrainingError
        If the run is not finished, or its weights do not fit the network.
    """
    recipe = run.read_card()["recipe"]
    net = nets.build(recipe["net"], recipe)
    try:
        net.load_state_dict(load_file(run.best))
    except (OSError, RuntimeError) as error:
        raise TrainingError(
            f"The weights {run.best} do not fit {recipe['net']}: {error}.",
            "Train the network again with this version of mien.",
        ) from error
    return net.eval()
