"""How millions of pictures are read in shards."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from mien.models.answers import Labels
from mien.settings.base import Section
from mien.settings.detect import PictureSettings

_Unit = Annotated[float, Field(ge=0, le=1)]


def _as_in_detect(field: str) -> Any:
    """Return a field of the settings of single pictures: its default, limits and description."""
    return copy.copy(PictureSettings.model_fields[field])


class BatchSettings(Section):
    """How millions of pictures are read in shards."""

    HEADINGS: ClassVar[Mapping[str, str]] = {
        "out": "Shards",
        "engine": "Machines",
        "endpoint": "Where the pictures are",
        "net": "Reading",
    }

    sources: tuple[str, ...] = Field(
        (),
        description="Folders (with their subfolders), globs, text lists, Parquet files with"
        " pictures, or tar files of them; paths, or URLs such as `s3://bucket/photos`.",
    )
    out: Path | None = Field(
        None,
        description="Folder for the parts of the table, the plan and the manifest. The same run"
        " into the same folder does only what is missing.",
    )
    shard_size: int = Field(
        1000, ge=1, description="Pictures of a shard, which gives one part of the table."
    )
    share: str | None = Field(
        None,
        alias="shard",
        description="Read only one of several equal shares, such as `3/8`; other processes or"
        " machines read the others into the same folder.",
    )
    engine: Literal["local", "ray"] = Field(
        "local", description="What reads the shards: this machine, or Ray on many."
    )
    address: str | None = Field(
        None, description="Address of a running Ray cluster, such as `auto`."
    )
    threads: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Pictures read at once on this machine; one for each core if unset."
    )
    endpoint: str | None = Field(
        None, description="URL of an S3 service other than Amazon's, such as MinIO."
    )
    image_column: str = Field("image", description="The column of Parquet files with the pictures.")
    net: str = _as_in_detect("net")
    labels: Labels | None = _as_in_detect("labels")
    min_confidence: _Unit = _as_in_detect("min_confidence")
    min_score: _Unit = _as_in_detect("min_score")
    min_face: float = _as_in_detect("min_face")
    max_megapixels: float = _as_in_detect("max_megapixels")
    max_megabytes: float = _as_in_detect("max_megabytes")
    max_faces: int = _as_in_detect("max_faces")
    coverage: Annotated[float, Field(gt=0, lt=1)] | None = _as_in_detect("coverage")
