import threading

import numpy as np

from mien.perception.classifier import Classifier
from mien.perception.split import SplitRunner


def test_parts_come_back_in_order_and_the_session_is_opened_once() -> None:
    opened = []
    runner = SplitRunner(2, lambda: opened.append("session") or "session")
    crops = np.arange(50, dtype=np.uint8).reshape(50, 1, 1)
    names = set()

    def double(session: str, part: np.ndarray) -> list[np.ndarray]:
        assert session == "session"
        names.add(threading.current_thread().name[:12])
        return [part.reshape(-1).astype(np.float32) * 2]

    for _ in range(2):
        parts = runner.run(crops, 20, double)
        assert [len(part) for part, in parts] == [10] * 5
        assert np.concatenate([part for part, in parts]).tolist() == [2 * n for n in range(50)]
    assert opened == ["session"]
    assert names == {"network-part"}


def test_few_crops_and_small_batches_are_not_split() -> None:
    runner = SplitRunner(2, lambda: None)
    assert [runner.pays(*pair) for pair in ((64, 64), (16, 64), (15, 64), (64, 15))] == [
        True,
        True,
        False,
        False,
    ]
    assert not SplitRunner(1, lambda: None).pays(1000, 1000)


def test_a_split_batch_has_the_answers_of_single_crops() -> None:
    crops = np.random.default_rng(0).integers(0, 256, (37, 48, 48), np.uint8)
    split, whole = Classifier("lobonet", threads=2), Classifier("lobonet", threads=1)
    np.testing.assert_allclose(split.logits(crops), whole.logits(crops), atol=1e-4)
