"""Reads a stream of pictures: threads find faces, batches of them go through the network."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from mien.errors import MienError
from mien.perception.adjustment import Adjustment
from mien.perception.detector import Detection
from mien.perception.picture import Failure, Picture
from mien.perception.pixels import Channels, Source, source_name
from mien.perception.steps import Steps

_POOL = 8
"""Pictures per worker whose faces go through the network together; as many again are searched
ahead of the caller. Little is kept of a picture, unless its pixels are to be kept."""

_POOL_OF_IMAGES = 2
"""The same if pixels are kept: a photo of 12 megapixels takes 36 MB."""


@dataclasses.dataclass(frozen=True, eq=False)
class _Searched:
    """A picture whose faces were found and cropped, but not yet classified."""

    picture: Picture
    detections: list[Detection]
    crops: NDArray[np.uint8]


def read_many(
    reader: Steps,
    sources: Iterable[Source],
    channels: Channels,
    workers: int,
    batch: int,
    keep_images: bool,
    adjustment: Adjustment | None = None,
) -> Generator[Picture | Failure, None, None]:
    """Yield a result for each source, in order; see `Reader.read_many`."""

    def search(source: Source) -> _Searched | Failure:
        try:
            image = reader.open(source, channels)
            detections = reader.find(image)
            crops = reader.crop(image, detections)
        except MienError as error:
            return Failure(source_name(source), error)
        return _Searched(reader.picture(source, image, (), keep_images), detections, crops)

    most = workers * (_POOL_OF_IMAGES if keep_images else _POOL)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="mien-read")
    try:
        results = _in_order(pool, search, sources, most)
        for group in _groups(results, most, batch):
            yield from _classified(reader, group, batch, adjustment)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _in_order(
    pool: ThreadPoolExecutor,
    search: Callable[[Source], _Searched | Failure],
    sources: Iterable[Source],
    ahead: int,
) -> Iterator[_Searched | Failure]:
    """Search sources in threads, at most `ahead` of what was taken from the iterator."""
    waiting: deque[Future[_Searched | Failure]] = deque()
    for source in sources:
        waiting.append(pool.submit(search, source))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _groups(
    results: Iterable[_Searched | Failure], most: int, batch: int
) -> Iterator[list[_Searched | Failure]]:
    """Gather results until they hold a batch of faces, or are `most`."""
    group: list[_Searched | Failure] = []
    faces = 0
    for result in results:
        group.append(result)
        faces += 0 if isinstance(result, Failure) else len(result.detections)
        if faces >= batch or len(group) >= most:
            yield group
            group, faces = [], 0
    if group:
        yield group


def _classified(
    reader: Steps, group: list[_Searched | Failure], batch: int, adjustment: Adjustment | None
) -> Iterator[Picture | Failure]:
    """Classify the faces of several pictures together."""
    crops = [result.crops for result in group if isinstance(result, _Searched)]
    probabilities = None
    if any(map(len, crops)):
        probabilities = reader.classify(np.concatenate(crops), batch)
    start = 0
    for result in group:
        if isinstance(result, Failure) or probabilities is None:
            yield result if isinstance(result, Failure) else result.picture
            continue
        end = start + len(result.detections)
        rows = probabilities[start:end]
        faces_of_picture = reader.assemble(result.detections, result.crops, rows, adjustment)
        yield dataclasses.replace(result.picture, faces=faces_of_picture)
        start = end
