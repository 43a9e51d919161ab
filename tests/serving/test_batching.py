"""Faces of several requests share batches, and each caller gets its own rows."""

import threading

import numpy as np
import pytest

import mien
from mien.errors import NetError
from mien.serving.batching import MAX_BATCH, Batcher, SharedReader, is_batch_invariant


def numbered(*values):
    return np.array(values, np.uint8).reshape(-1, 1, 1)


class SlowNetwork:
    """Doubles the number that each crop is, once the gate is open."""

    def __init__(self):
        self.gate = threading.Event()
        self.begun = threading.Event()
        self.sizes = []

    def __call__(self, crops):
        self.begun.set()
        self.sizes.append(len(crops))
        assert self.gate.wait(60)
        if 13 in crops:
            raise NetError("Unlucky.")
        return crops[:, 0].astype(np.float32) * 2


def in_threads(batcher, network, first, others):
    """Ask with the first crops, and with the others while the first batch runs."""
    answers = {}

    def ask(crops):
        try:
            answers[int(crops[0, 0, 0])] = batcher(crops).ravel().tolist()
        except NetError as error:
            answers[int(crops[0, 0, 0])] = str(error)

    threads = [threading.Thread(target=ask, args=(crops,)) for crops in (first, *others)]
    threads[0].start()
    assert network.begun.wait(60)
    for thread in threads[1:]:
        thread.start()
        while not any(request.crops is others[threads.index(thread) - 1]
                      for request in list(batcher._waiting)):  # fmt: skip
            pass
    network.gate.set()
    for thread in threads:
        thread.join(60)
    return answers


def test_what_comes_while_a_batch_runs_shares_the_next_one():
    network = SlowNetwork()
    answers = in_threads(
        Batcher(network), network, numbered(1), [numbered(2, 3), numbered(4), numbered(5, 6)]
    )
    assert network.sizes == [1, 5]
    assert answers == {1: [2], 2: [4, 6], 4: [8], 5: [10, 12]}


def test_a_batch_has_at_most_so_many_faces_of_different_requests():
    network = SlowNetwork()
    many = [numbered(*range(10 * count, 10 * count + 5)) for count in (2, 3, 4)]
    answers = in_threads(Batcher(network), network, numbered(1), many)
    assert network.sizes == [1, 5, 5, 5] and MAX_BATCH == 8
    assert answers[40] == [80, 82, 84, 86, 88]


def test_requests_stay_alone_where_company_would_change_digits():
    network = SlowNetwork()
    answers = in_threads(
        Batcher(network, together=False), network, numbered(1), [numbered(2), numbered(3, 4)]
    )
    assert network.sizes == [1, 1, 2]
    assert answers == {1: [2], 2: [4], 3: [6, 8]}


def test_an_error_reaches_all_of_its_batch_and_no_other():
    network = SlowNetwork()
    answers = in_threads(Batcher(network), network, numbered(1), [numbered(13), numbered(4)])
    assert answers == {1: [2], 13: "Unlucky.", 4: "Unlucky."}
    assert Batcher(network)(numbered(7)).tolist() == [[14]]


def test_many_threads_each_get_their_own_rows():
    network = SlowNetwork()
    network.gate.set()
    batcher = Batcher(network)
    wrong = []

    def ask(seed):
        random = np.random.default_rng(seed)
        for _ in range(300):
            crops = random.integers(20, 120, (random.integers(1, 5), 1, 1), dtype=np.uint8)
            if not np.array_equal(batcher(crops), crops[:, 0] * np.float32(2)):
                wrong.append(crops)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not wrong and sum(network.sizes) > 8 * 300
    assert not batcher._running and not batcher._waiting


def test_rounding_that_depends_on_the_batch_is_noticed():
    assert is_batch_invariant(lambda crops: crops.reshape(len(crops), -1) / np.float32(3), (4, 4))
    assert not is_batch_invariant(
        lambda crops: crops.reshape(len(crops), -1) + np.float32(len(crops) == 3), (4, 4)
    )


@pytest.mark.parametrize("count", [1, 3, MAX_BATCH + 1])
def test_a_shared_reader_gives_the_rows_of_a_reader(count):
    random = np.random.default_rng(count)
    reader, shared = mien.Reader("lobonet"), SharedReader("lobonet")
    crops = random.integers(0, 256, (count, 48, 48), dtype=np.uint8)
    assert np.array_equal(shared.classify(crops), reader.classify(crops))
    with pytest.raises(NetError, match="Expected crops"):
        shared.classify(crops[:, :40])


def test_a_reader_with_another_minimum_shares_the_networks(astronaut):
    reader = SharedReader("lobonet")
    strict = reader.with_min_confidence(1.0)
    assert strict._classifier is reader._classifier and strict._batcher is reader._batcher
    assert [reader.read(astronaut)[0].sure, strict.read(astronaut)[0].sure] == [True, False]
    assert reader.min_confidence == 0
