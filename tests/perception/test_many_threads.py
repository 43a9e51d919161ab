"""One Reader gives one answer: in many threads and processes, in whatever batches and order.

Answers may differ by 1e-5, which is rounding; faces and expressions may not.
"""

import functools
import multiprocessing
import pickle
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import mien
from mien.models import names
from mien.perception.classifier import Classifier

ROUNDING = 1e-5

THREADS = 8

CROPS = 40
"""Enough for two threads to share a batch (`mien.perception.split`), and for several batches."""

FAST = ("mien-s", "mien-s-int8")

NETS = [
    pytest.param(net, marks=() if net in FAST else pytest.mark.slow, id=net) for net in names()
]

READER_NETS = [
    pytest.param(net, marks=() if net == "mien-s-int8" else pytest.mark.slow, id=net)
    for net in names()
]
"""Finding faces is the same for all, so that one network is enough in the fast form."""


def crops_for(classifier: Classifier) -> NDArray[np.uint8]:
    """Make faces like and unlike any: noise, coarse patches, and a portrait in many lights."""
    from skimage import data

    random = np.random.default_rng(7)
    height, width, *_ = classifier.info.input.crop_shape
    portrait = np.asarray(data.astronaut())[60:190, 170:280]
    crops = []
    for number in range(CROPS):
        if number % 4 == 0:
            image = random.integers(0, 256, (height, width, 3)).astype(np.uint8)
        elif number % 4 == 1:
            image = random.integers(0, 256, (4, 4, 3)).astype(np.uint8)
        else:
            left, top = random.integers(0, 12, 2)
            lit = portrait[top : top + 110, left : left + 95] * random.uniform(0.3, 1.0)
            image = lit.astype(np.uint8)
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
        crops.append(image if classifier.info.input.colour != "gray" else image[..., 1])
    return np.stack(crops)


@functools.cache
def classifier(net: str, threads: int) -> Classifier:
    return Classifier(net, threads=threads)


@functools.cache
def one_by_one(net: str) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return the crops for a network, and its answers to each alone, in one thread."""
    alone = classifier(net, 1)
    crops = crops_for(alone)
    return crops, np.concatenate([alone.probabilities(crop[None]) for crop in crops])


@pytest.mark.parametrize("net", NETS)
@settings(max_examples=10, deadline=None, derandomize=True, database=None)
@given(
    batch=st.integers(1, CROPS + 5),
    threads=st.integers(1, 3),
    order=st.lists(st.integers(0, CROPS - 1), min_size=1, max_size=CROPS),
)
def test_answers_depend_on_neither_batch_nor_order_nor_threads(
    net: str, batch: int, threads: int, order: list[int]
) -> None:
    crops, expected = one_by_one(net)
    answers = classifier(net, threads).probabilities(crops[order], batch)
    assert np.abs(answers - expected[order]).max() <= ROUNDING


@pytest.mark.parametrize("net", NETS)
def test_the_answers_that_are_compared_differ_from_one_another(net: str) -> None:
    _, expected = one_by_one(net)
    assert np.ptp(expected, axis=0).max() > 0.1


@pytest.mark.parametrize("net", NETS)
def test_a_network_in_many_threads_answers_as_in_one(net: str) -> None:
    crops, expected = one_by_one(net)
    shared, ready = classifier(net, 2), threading.Barrier(THREADS, timeout=60)

    def ask(number: int) -> float:
        random = np.random.default_rng(number)
        order = random.permutation(CROPS)
        ready.wait()
        answers = shared.probabilities(crops[order], int(random.integers(1, CROPS)))
        return float(np.abs(answers - expected[order]).max())

    with ThreadPoolExecutor(THREADS) as pool:
        assert max(pool.map(ask, range(THREADS))) <= ROUNDING


@pytest.fixture(scope="module")
def photos(pair: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Photos of several sizes with two faces, one, or none."""
    views = [pair, pair[:, :512], pair[:, 512:], pair[::-1, ::-1], pair[:40], pair // 2 + 40]
    return [np.ascontiguousarray(view) for view in views]


def numbers(picture: mien.Picture) -> NDArray[np.float64]:
    """Return all numbers of a picture's faces, ``float64 [N, M]``: a row for each face."""
    assert isinstance(picture, mien.Picture)
    rows = [
        [*face.box, face.score, *face.probabilities, *np.ravel(face.landmarks)]
        for face in picture
    ]
    return np.array(rows, np.float64) if rows else np.zeros((0, 0))


def assert_same(pictures: list[mien.Picture], expected: list[mien.Picture]) -> None:
    assert len(pictures) == len(expected)
    for one, other in zip(pictures, expected, strict=True):
        assert numbers(one).shape == numbers(other).shape
        # Boxes and landmarks are in pixels, of which there are a few hundred.
        assert np.abs(numbers(one) - numbers(other)).max(initial=0) <= 100 * ROUNDING
        assert [face.expression for face in one] == [face.expression for face in other]


@pytest.mark.parametrize("net", READER_NETS)
def test_a_reader_in_many_threads_reads_as_in_one(
    net: str, photos: list[NDArray[np.uint8]]
) -> None:
    expected = [mien.Reader(net, threads=1).read(photo) for photo in photos]
    assert sorted(len(picture) for picture in expected) == [0, 1, 1, 2, 2, 2]
    reader, ready = mien.Reader(net), threading.Barrier(THREADS, timeout=60)

    def read(number: int) -> list[mien.Picture]:
        order = np.random.default_rng(number).permutation(len(photos))
        ready.wait()
        pictures = {place: reader.read(photos[place]) for place in order}
        return [pictures[place] for place in range(len(photos))]

    with ThreadPoolExecutor(THREADS) as pool:
        for pictures in pool.map(read, range(THREADS)):
            assert_same(pictures, expected)


@pytest.mark.parametrize(("workers", "batch"), [(1, 64), (3, 2), (8, 7)])
def test_a_stream_of_photos_reads_as_one_by_one(
    photos: list[NDArray[np.uint8]], workers: int, batch: int
) -> None:
    reader = mien.Reader("mien-s-int8")
    expected = [reader.read(photo) for photo in photos]
    for order in (range(6), (5, 3, 1, 0, 2, 4)):
        sources = [photos[place] for place in order]
        pictures = list(reader.read_many(sources, workers=workers, batch=batch))
        assert_same(pictures, [expected[place] for place in order])


@pytest.mark.parametrize("net", READER_NETS)
def test_a_reader_in_other_processes_reads_as_here(
    net: str, photos: list[NDArray[np.uint8]]
) -> None:
    reader = mien.Reader(net)
    expected = [reader.read(photo) for photo in photos]
    assert_same([pickle.loads(pickle.dumps(reader)).read(photo) for photo in photos], expected)
    # A process that is forked while threads run may hang, hence spawn.
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        assert_same(list(pool.map(reader.read, photos, chunksize=3)), expected)
