"""What makes two runs the same: what they read, how, and with which network."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from mien.batch.listing import relative
from mien.models import read_info
from mien.models.zoo import info_path, sha256_of
from mien.settings import BatchSettings

READING = (
    "labels", "min_confidence", "min_score", "min_face", "max_megapixels", "coverage"
)  # fmt: skip
"""The settings of a `mien.Reader` that a run has, besides the network."""


@dataclasses.dataclass(frozen=True)
class RunId:
    """What is read, how, and with which network; nothing else changes a row of the table."""

    version: str
    """The version of mien."""
    sources: list[str]
    """As the user named them."""
    folder: str
    """What relative paths start from; empty if there is none."""
    endpoint: str | None
    """URL of an S3 service other than Amazon's."""
    image_column: str
    """The column of Parquet files with the pictures."""
    shard_size: int
    """Pictures of a shard."""
    net: str
    """The network, as the user named it; a path is absolute."""
    network_sha256: str
    """SHA-256 of its ONNX file."""
    info_sha256: str
    """SHA-256 of the JSON file beside it."""
    reading: dict[str, Any]
    """The settings of the reader, by name."""

    @classmethod
    def of(cls, settings: BatchSettings) -> Self:
        """Return what a run is by its settings.

        Raises
        ------
        NetError
            If the network is unknown.
        """
        path = info_path(settings.net)
        own = Path(settings.net).suffix in (".onnx", ".json")
        return cls(
            version=version("mien"),
            sources=list(settings.sources),
            folder=str(Path.cwd()) if relative(settings.sources) else "",
            endpoint=settings.endpoint,
            image_column=settings.image_column,
            shard_size=settings.shard_size,
            net=str(Path(settings.net).absolute()) if own else settings.net,
            network_sha256=read_info(settings.net).sha256,
            info_sha256=sha256_of(path),
            reading={name: getattr(settings, name) for name in READING},
        )

    def to_json(self) -> str:
        """Return the run as JSON, the same text for the same run."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the run that `to_json` wrote."""
        return cls(**json.loads(text))

    def fingerprint(self, listing: str) -> str:
        """Return the SHA-256 of the run together with that of what it lists."""
        return hashlib.sha256(f"{listing}\n{self.to_json()}".encode()).hexdigest()
