"""A run folder: everything that one training leaves behind.

::

    runs/NAME/
      config.toml                  the settings as run
      metrics.csv                  one row for each epoch
      curves.png                   accuracy and loss on training and validation faces
      run.json                     the record of the run; written last, so it marks a finished run
      checkpoints/last.ckpt        where the training resumes
      checkpoints/best.safetensors weights of the best epoch
      checkpoints/votes.safetensors the layer that predicts FER+'s votes, if these were learnt, and
                                   each kind's share of them

Run folders of earlier versions, with a card.json in place of run.json and with settings under their
old names, are read too. Reading a run folder needs no torch, except for its weights.
"""

from __future__ import annotations

import csv
import dataclasses
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mien.arguments import checked
from mien.errors import OutputError, SettingsError, TrainingError
from mien.files import ELSEWHERE, TEMPORARY, make_folder, replace
from mien.models.zoo import sha256_of
from mien.settings import Settings, load
from mien.settings.training import upgraded_names
from mien.training.record import RunRecord, read_record

if TYPE_CHECKING:
    from torch import nn

FILES = ("exclude", "ferplus", "init_from", "teacher")
"""Training settings that are files or folders."""

RESUME_HINT = "Run the same command again to resume."
"""What to do after an interruption of a command that trains several networks."""

_NAMED = 3
"""Most runs of a folder that a message names."""

Row = dict[str, float]
"""Metrics of one epoch."""


def _run_within(folder: Path) -> str:
    """Ask whether one of the runs inside a folder was meant; empty if there are none."""
    inside = sorted(config.parent for config in folder.glob("*/config.toml"))
    names = " or ".join(map(str, inside[:_NAMED]))
    return f"Did you mean {names}?" if inside else ""


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
        """One row for each epoch."""
        return self.folder / "metrics.csv"

    @property
    def curves(self) -> Path:
        """Accuracy and loss by epoch."""
        return self.folder / "curves.png"

    @property
    def record_file(self) -> Path:
        """The record of the run: run.json, or the card.json of an earlier version."""
        old = self.folder / "card.json"
        new = self.folder / "run.json"
        return old if old.is_file() and not new.is_file() else new

    @property
    def finished(self) -> bool:
        """Whether the training went to its end."""
        return self.record_file.is_file()

    @property
    def last(self) -> Path:
        """Where the training resumes."""
        return self.folder / "checkpoints" / "last.ckpt"

    @property
    def best(self) -> Path:
        """Weights of the best epoch."""
        return self.folder / "checkpoints" / "best.safetensors"

    @property
    def votes(self) -> Path:
        """The layer that predicts FER+'s votes in the best epoch, where these were learnt."""
        return self.folder / "checkpoints" / "votes.safetensors"

    @classmethod
    def create(cls, settings: Settings) -> Run:
        """Make the folder of a new run.

        Raises
        ------
        TrainingError
            If the settings name a run that exists already.
        OutputError
            If the folder cannot be written.
        """
        train = settings.train
        folder = train.out / (train.name or train.net)
        number = 2
        while train.name is None and folder.exists():
            folder, number = train.out / f"{train.net}-{number}", number + 1
        if folder.exists():
            raise TrainingError(
                f"The run {folder} exists already.",
                "Choose another name, or resume the run.",
                "name",
            )
        make_folder(train.out, setting="out")
        try:
            _begin(folder, to_toml(settings))
        except OSError as error:
            raise OutputError(
                f"Cannot make the run {folder}: {error.strerror or error}.", ELSEWHERE, "out"
            ) from error
        return cls(folder)

    @classmethod
    @checked
    def open(cls, folder: str | Path) -> Run:
        """Open the folder of an earlier run.

        Raises
        ------
        TrainingError
            If it is not the folder of a run.
        """
        run = cls(Path(folder))
        if not run.config.is_file():
            raise TrainingError(
                f"Expected a run with a config.toml in {folder}, found none.",
                _run_within(run.folder) or "Name a folder that mien train made, such as"
                " runs/lobonet.",
            )
        return run

    def settings(self) -> Settings:
        """Read the settings as run; environment variables do not change them.

        Raises
        ------
        TrainingError
            If config.toml is damaged.
        """
        try:
            return load(environment=False, **self._config_values())
        except (SettingsError, OSError, ValueError) as error:
            problem = error.problem if isinstance(error, SettingsError) else f"{error}."
            raise TrainingError(
                f"Cannot read the settings of the run {self.folder}: {problem}",
                "Fix its config.toml, or start a new run.",
            ) from error

    def _config_values(self) -> dict[str, Any]:
        """Read config.toml; an earlier version may have written it."""
        values = tomllib.loads(self.config.read_text(encoding="utf-8"))
        train = values.get("train")
        return values | {"train": upgraded_names(train)} if isinstance(train, dict) else values

    def record(self) -> RunRecord:
        """Read the record of a finished run.

        Raises
        ------
        TrainingError
            If the run is not finished, or its record is damaged.
        """
        if not self.finished:
            raise TrainingError(
                f"The run {self.folder} is not finished.",
                "Resume it first.",
                "resume",
            )
        return read_record(self.record_file)

    def weights_sha256(self) -> str | None:
        """Return the SHA-256 of the best epoch's weights; None if it is recorded nowhere.

        A network's info and its scores hold the same, so that a run is recognised whatever its
        folder and its network are called.

        Raises
        ------
        TrainingError
            If the weights cannot be read, or the record is damaged.
        """
        if not self.best.is_file():
            return self.record().weights_sha256 if self.finished else None
        try:
            return sha256_of(self.best)
        except OSError as error:
            raise TrainingError(
                f"Cannot read {self.best}: {error.strerror or error}.",
                "Restore the file, or train the network again.",
            ) from error

    def rows(self) -> list[Row]:
        """Read metrics.csv; a run without a finished epoch has no rows."""
        if not self.metrics.is_file():
            return []
        with self.metrics.open(newline="", encoding="utf-8") as file:
            return [
                {key: float(value) for key, value in row.items()} | {"epoch": int(row["epoch"])}
                for row in csv.DictReader(file)
            ]

    def write_rows(self, rows: list[Row]) -> None:
        """Replace metrics.csv."""

        def put(path: Path) -> None:
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)

        if rows:
            keep(self.metrics, put)


def _begin(folder: Path, config: str) -> None:
    """Make a run's folder with its settings at once, so that what a kill leaves can be resumed."""
    with tempfile.TemporaryDirectory(prefix=TEMPORARY, dir=folder.parent) as temporary:
        new = Run(Path(temporary) / folder.name)
        new.last.parent.mkdir(parents=True)
        new.config.write_text(config, encoding="utf-8")
        new.folder.replace(folder)


def keep(path: Path, put: Callable[[Path], object]) -> None:
    """Write a file of a run so that a kill at any moment leaves the old one or the new one."""
    replace(path, put, "Free space on the disk, then resume the run.")


def to_toml(settings: Settings) -> str:
    """Return the data and training settings as TOML that `mien train` reads as a config."""
    import tomli_w

    def absolute(path: Path | None) -> str | None:
        return str(path.resolve()) if path else None

    train = settings.train.model_dump(mode="json")
    train |= {name: absolute(getattr(settings.train, name)) for name in FILES}
    values = {
        "data": absolute(settings.data),
        "skip_bad": settings.skip_bad,
        "train": {key: value for key, value in train.items() if value is not None},
    }
    return tomli_w.dumps({key: value for key, value in values.items() if value is not None})


def load_net(run: Run) -> nn.Sequential:
    """Load the best epoch's network of a finished run, in evaluation mode.

    Raises
    ------
    TrainingError
        If the run is not finished, or its weights are damaged or do not fit the network.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from mien import nets

    record = run.record()
    if record.weights_sha256 not in (None, run.weights_sha256()):
        raise TrainingError(
            f"{run.best} is not as the run {run.folder} wrote it: it is damaged, or was replaced.",
            "Restore the file, or train the network again.",
        )
    net = nets.build(
        record.architecture, record.recipe, spec=record.spec, classes=len(record.classes)
    )
    try:
        net.load_state_dict(load_file(run.best))
    except (OSError, RuntimeError, SafetensorError) as error:
        raise TrainingError(
            f"The weights {run.best} do not fit {record.architecture}: {error}.",
            "Train the network again with this version of mien.",
        ) from error
    return net.eval()
