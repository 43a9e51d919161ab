"""A person's own neutral face: what a network reads in it, kept as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mien.arguments import checked
from mien.errors import DataError, OutputError
from mien.files import write
from mien.models import ModelInfo
from mien.models.answers import Labels
from mien.perception.adjustment import log_probabilities

_Number = Annotated[float, Field(allow_inf_nan=False)]


class Neutral(BaseModel):
    """What a network reads in a person's neutral face, as `Reader.learn_neutral` returns it.

    Examples
    --------
    >>> reader = mien.Reader()
    >>> own = np.float32([[0.1, 0.02, 0.1, 0.02, 0.3, 0.01, 0.45]])
    >>> neutral = mien.Neutral.of(reader.info, own)  # or reader.learn_neutral(["me.jpg"])
    >>> neutral.save("me.json")
    >>> reader.read("party.jpg", neutral=mien.Neutral.load("me.json"))[0].neutral
    True
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["mien neutral"] = "mien neutral"
    """What the JSON file is."""
    version: Literal[1] = 1
    """Version of the JSON file."""
    network: str
    """Name of the network."""
    sha256: str
    """The network's SHA-256, as in its info."""
    labels: Labels | None = None
    """Which of the network's answers was learnt; None if it has only one."""
    classes: tuple[str, ...]
    """Names of the network's K classes."""
    log_probabilities: tuple[_Number, ...]
    """Mean over the photos of the natural logarithms of the K calibrated probabilities."""
    photos: int = Field(ge=1)
    """Number of different photos."""
    spread: float | None = Field(None, ge=0, allow_inf_nan=False)
    """How much the photos differ: the standard deviation of the log-probabilities over the photos,
    root mean square over the classes; None for one photo."""
    doubts: tuple[str, ...] = ()
    """Sentences that say why the photos may be unsuitable."""

    @model_validator(mode="after")
    def _check_sizes(self) -> Self:
        if len(self.log_probabilities) != len(self.classes):
            raise ValueError("as many log_probabilities as classes are expected")
        if (self.spread is None) != (self.photos == 1):
            raise ValueError("a spread is expected for two photos or more")
        return self

    @classmethod
    def of(cls, info: ModelInfo, probabilities: NDArray[np.float32]) -> Neutral:
        """Summarise what a network read in neutral photos of one person.

        Parameters
        ----------
        info
            The network's info.
        probabilities
            Calibrated, ``float32 [N, K]`` for N photos, at least one.
        """
        logs = log_probabilities(probabilities)
        spread = float(np.sqrt(logs.var(axis=0, ddof=1).mean())) if len(logs) > 1 else None
        return cls(
            network=info.name,
            sha256=info.sha256,
            labels=info.labels,
            classes=info.classes.names,
            log_probabilities=tuple(map(float, logs.mean(axis=0))),
            photos=len(logs),
            spread=spread,
        )

    @checked
    def save(self, path: str | Path) -> None:
        """Write the neutral face to a JSON file, which replaces only an earlier neutral face.

        Raises
        ------
        OutputError
            If the file cannot be written, or exists and is not a neutral face that mien wrote.
        """
        check_place(Path(path))
        write(Path(path), (self.model_dump_json(indent=2) + "\n").encode())

    @classmethod
    def load(cls, path: str | Path) -> Neutral:
        """Read what `save` wrote.

        Raises
        ------
        DataError
            If the file cannot be read, or is not a neutral face that mien wrote.
        """
        try:
            return cls.model_validate_json(Path(path).read_bytes())
        except OSError as error:
            raise DataError(
                f"Cannot read the neutral face {path}: {error.strerror or error}.",
                "Name a file that `mien neutral` wrote.",
                "neutral",
            ) from error
        except ValidationError as error:
            raise DataError(
                f"{path} is not a neutral face that mien wrote, or it is damaged:"
                f" {_first(error)}.",
                "Name a file that `mien neutral` wrote, or write it again.",
                "neutral",
            ) from error


def check_place(path: Path, setting: str | None = None) -> None:
    """Refuse to replace a file that is not a neutral face of mien.

    Raises
    ------
    OutputError
        If there is such a file.
    """
    if not path.exists() or _is_neutral(path):
        return
    what = "a folder" if path.is_dir() else "not a neutral face that mien wrote"
    raise OutputError(f"{path} exists, and is {what}.", "Choose another file.", setting)


def _is_neutral(path: Path) -> bool:
    """Return whether a file is a neutral face that some version of mien wrote."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("kind") == "mien neutral"


def _first(error: ValidationError) -> str:
    """Return pydantic's first complaint, without its links."""
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else str(first["msg"])
