"""What makes two runs the same: what they read, how, and with which network."""

from __future__ import annotations

import dataclasses
import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from mien.batch.listing import relative
from mien.batch.storage import is_url
from mien.errors import SettingsError
from mien.models import read_info
from mien.models.zoo import info_path, sha256_of
from mien.settings import BatchSettings

READING = (
    "labels", "min_confidence", "min_score", "min_face", "max_megapixels", "max_megabytes",
    "max_faces", "coverage",
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
    sha256: str
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
        own = Path(settings.net).suffix in (".onnx", ".json")
        return cls(
            version=version("mien"),
            sources=[_spelled_alike(source) for source in settings.sources],
            folder=str(Path.cwd()) if relative(settings.sources) else "",
            endpoint=settings.endpoint,
            image_column=settings.image_column,
            shard_size=settings.shard_size,
            net=str(Path(settings.net).absolute()) if own else settings.net,
            sha256=read_info(settings.net).sha256,
            info_sha256=sha256_of(info_path(settings.net)),
            reading={name: getattr(settings, name) for name in READING},
        )

    def to_json(self) -> str:
        """Return the run as JSON, the same text for the same run."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    def check_same(self, earlier: RunId, out: Path) -> None:
        """Refuse to go on with another run.

        Parameters
        ----------
        earlier
            The run in the folder.
        out
            The folder.

        Raises
        ------
        SettingsError
            If something differs; it is named.
        """
        if set(earlier.reading) != set(self.reading):
            raise SettingsError(
                f"The run in {out} was planned by another version, with other settings.",
                "Finish it with that version, or choose another folder.",
                "out",
            )
        for name, now in self._by_setting().items():
            then = earlier._by_setting()[name]
            if then != now:
                setting, words = _WORDS.get(name, (name, name.replace("_", " ")))
                raise SettingsError(
                    f"There is another run in {out}: {words} {_shown(then)} there, and"
                    f" {_shown(now)} here.",
                    "Repeat the command of that run to go on with it, or choose another folder.",
                    setting,
                )

    def _by_setting(self) -> dict[str, Any]:
        fields = dataclasses.asdict(self)
        # The SHA-256 says whether it is the same network, however that is named.
        del fields["net"]
        reading: dict[str, Any] = fields.pop("reading")
        return fields | reading


_WORDS: dict[str, tuple[str | None, str]] = {
    "version": (None, "mien's version is"),
    "sources": ("sources", "the sources are"),
    "folder": ("sources", "the folder that relative paths start from is"),
    "sha256": ("net", "the SHA-256 of the network is"),
    "info_sha256": ("net", "the SHA-256 of the network's info is"),
}
"""The setting of what may differ, and how a sentence on it begins, where that is not its name."""


def _spelled_alike(source: str) -> str:
    """Return one spelling for `photos`, `photos/` and `./photos`, which also begins their names."""
    if is_url(source):
        return source
    source = re.sub(r"^(\./+)+(?=.)", "", re.sub("/+", "/", source))
    return source.rstrip("/") or source


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))[:200]
    return "unset" if value is None else str(value)
