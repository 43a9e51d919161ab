"""Measures what each step of `mien batch` costs a picture, in one thread."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from mien.batch.entries import ShardResult
from mien.batch.inputs import inputs_of
from mien.batch.parts import read_part, write_part
from mien.batch.plan import Plan
from mien.batch.planning import prepare_plan
from mien.batch.run_id import RunId
from mien.batch.shards import GROUP, open_reader
from mien.batch.storage import Storage
from mien.errors import MienError
from mien.image import decode
from mien.perception.detector import Detection
from mien.perception.reader import Reader
from mien.perception.table_columns import Table
from mien.settings import BatchSettings

SHARD = 100
"""Pictures of a shard."""


class Clock:
    """Adds up the seconds of several steps."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a block."""
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - start
            self.seconds[name] = self.seconds.get(name, 0.0) + spent


def stages(source: str, endpoint: str | None = None, reading: bool = True) -> dict[str, Any]:
    """Return the microseconds that each step costs a picture.

    Parameters
    ----------
    source
        A source of scenes, as `mien batch` takes it.
    endpoint
        The S3 service.
    reading
        Whether to time the steps after the fetching too, which are the same for all sources.
    """
    clock = Clock()
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        settings = BatchSettings(
            sources=(source,), out=out, shard_size=SHARD, endpoint=endpoint
        )
        run = RunId.of(settings)
        with clock.step("list"):
            plan = prepare_plan(out, run, check=False)
        reader = open_reader(run)
        # The first pictures have the networks ready.
        for _ in range(20):
            reader.read(np.zeros((240, 320, 3), np.uint8))
        for number in range(plan.shards):
            _read_shard(plan, number, reader, out, clock, reading)
        if reading:
            with clock.step("look for a part, each"):
                for number in range(plan.shards):
                    read_part(out, plan.fingerprint, number)
        per_part = clock.seconds.pop("look for a part, each", 0.0) / plan.shards
        costs = {
            step: round(seconds / plan.inputs * 1e6, 1) for step, seconds in clock.seconds.items()
        }
        plan_bytes = round((out / "plan.parquet").stat().st_size / plan.inputs, 1)
    return {
        "pictures": plan.inputs,
        "microseconds": costs,
        "plan bytes": plan_bytes,
        **({"microseconds a part": round(per_part * 1e6, 1)} if reading else {}),
    }


def _read_shard(
    plan: Plan, number: int, reader: Reader, out: Path, clock: Clock, reading: bool
) -> None:
    """Time the steps of a shard."""
    run = plan.run
    with clock.step("fetch"), ThreadPoolExecutor() as pool:
        inputs = inputs_of(plan.shard(number), Storage("", run.endpoint), run.image_column, pool)
        contents = [(one.name, one.content()) for one in inputs]
    if not reading:
        return
    rows: list[list[Any]] = []
    faces = failures = 0
    for start in range(0, len(contents), GROUP):
        pictures = []
        for name, content in contents[start : start + GROUP]:
            try:
                with clock.step("decode"):
                    image = decode(content, name, reader.max_megapixels)
            except MienError:
                failures += 1
                continue
            with clock.step("find"):
                detections = reader.find(image)
            pictures.append((name, image, detections))
        faces += sum(len(detections) for _, _, detections in pictures)
        rows += _classified(reader, pictures, clock)
    with clock.step("write"):
        table = Table(reader.vocabulary).to_arrow(rows)
        result = ShardResult(number, len(contents), len(table), faces, failures)
        write_part(out, plan.fingerprint, result, [table])


def _classified(
    reader: Reader, pictures: list[tuple[str, Any, list[Detection]]], clock: Clock
) -> list[list[Any]]:
    """Classify the faces of a group, and return its rows."""
    with clock.step("classify"):
        crops = [reader.crop(image, detections) for _, image, detections in pictures]
        probabilities = reader.classify(np.concatenate(crops))
    rows: list[list[Any]] = []
    start = 0
    with clock.step("write"):
        for (name, image, detections), own in zip(pictures, crops, strict=True):
            end = start + len(detections)
            faces = reader.assemble(detections, own, probabilities[start:end])
            rows += Table(reader.vocabulary).rows(reader.picture(name, image, faces, False))
            start = end
    return rows
