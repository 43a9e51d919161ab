import json
import shutil

import numpy as np
import pytest

from mien.errors import NetError
from mien.perception.classifier import Classifier, softmax


@pytest.fixture
def crops():
    return np.random.default_rng(1).integers(0, 256, (5, 48, 48), np.uint8)


def with_temperature(net, folder, value):
    for suffix in (".onnx", ".json"):
        shutil.copy(net.with_suffix(suffix), folder / f"warm{suffix}")
    card = json.loads((folder / "warm.json").read_text())
    (folder / "warm.json").write_text(json.dumps(card | {"temperature": value}))
    return folder / "warm.onnx"


def test_logits_do_not_depend_on_the_batch(net, crops):
    classifier = Classifier(net)
    whole = classifier.logits(crops)
    assert whole.shape == (5, 7)
    np.testing.assert_allclose(classifier.logits(crops, batch=2), whole, rtol=1e-5)
    assert classifier.logits(crops[:0]).shape == (0, 7)


def test_temperature_divides_the_logits(net, crops, tmp_path):
    warm = Classifier(with_temperature(net, tmp_path, 2.5))
    expected = softmax(Classifier(net).logits(crops) / np.float32(2.5))
    np.testing.assert_allclose(warm.probabilities(crops), expected, rtol=1e-5)
    np.testing.assert_allclose(expected.sum(axis=1), 1, rtol=1e-6)


def test_mirrored_too_is_the_mean_of_both_ways(net, crops):
    once, both = Classifier(net), Classifier(net, mirror=True)
    assert both.name == f"{once.name}, mirrored too"
    ways = [softmax(once.logits(way)) for way in (crops, np.ascontiguousarray(crops[:, :, ::-1]))]
    np.testing.assert_allclose(softmax(both.logits(crops)), (ways[0] + ways[1]) / 2, rtol=1e-4)
    # Mirrored or not, the same is said, and of the same places.
    mirrored = np.ascontiguousarray(crops[:, :, ::-1])
    np.testing.assert_allclose(both.logits(mirrored), both.logits(crops), rtol=1e-4, atol=1e-5)
    shipped = Classifier("lobonet", mirror=True)
    np.testing.assert_allclose(
        shipped.maps(mirrored)[:, :, ::-1], shipped.maps(crops), rtol=1e-3, atol=1e-4
    )


def test_softmax_by_hand_and_without_overflow():
    rows = np.array([[0, np.log(3)], [1e4, 0]], np.float32)
    np.testing.assert_allclose(softmax(rows), [[0.25, 0.75], [1, 0]], rtol=1e-6)


@pytest.mark.parametrize("shape", [(48, 48), (1, 48, 47), (1, 1, 48, 48)])
def test_other_crops_are_refused(net, shape):
    with pytest.raises(NetError, match=r"Expected crops uint8 \[N, 48, 48\]"):
        Classifier(net).logits(np.zeros(shape, np.uint8))


def test_broken_file_is_one_sentence(net, tmp_path):
    (tmp_path / "bad.onnx").write_bytes(b"no network")
    shutil.copy(net.with_suffix(".json"), tmp_path / "bad.json")
    with pytest.raises(NetError, match="ONNX Runtime cannot load"):
        Classifier(tmp_path / "bad.onnx")
