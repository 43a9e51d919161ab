"""Normalisation folded into layers, and the first layer in 8 bits: the same numbers, faster."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from mien.data import Samples
from mien.export import int8
from mien.export.first_layer import _of_places, in_places
from mien.export.folding import fold
from mien.export.int8 import quantise
from mien.models import onnx_paths, read_info
from mien.models.graph import output_names
from mien.models.runtime import open_session

FACES = np.random.default_rng(0).integers(0, 256, (6, 1, 48, 48), np.uint8)


def outputs(model: onnx.ModelProto, faces: np.ndarray = FACES) -> dict[str, np.ndarray]:
    content = model.SerializeToString()
    values = open_session(content).run(None, {"faces": faces})
    return dict(zip(output_names(content), values, strict=True))


@pytest.mark.parametrize("net", ["lobonet", "mien-s"])
def test_folding_changes_no_output(net: str) -> None:
    model = onnx.load(onnx_paths(net, read_info(net))[0])
    folded = fold(model)
    onnx.checker.check_model(folded)
    kinds = [node.op_type for node in folded.graph.node]
    assert [node.op_type for node in model.graph.node].count("BatchNormalization") == 5
    assert kinds.count("BatchNormalization") == 1  # of the dense layer
    before, after = outputs(model), outputs(folded)
    assert list(before) == list(after)
    for name, values in before.items():
        # Of a map a place may count that tied for the maximum by a rounding; most are the same.
        share = np.isclose(after[name], values, rtol=1e-3, atol=1e-3).mean()
        assert share > (0.99 if "map" in name else 0.9999)


def test_a_normalisation_that_turns_a_channel_round_makes_it_constant() -> None:
    model = onnx.load(onnx_paths("lobonet", read_info("lobonet"))[0])
    (gain,) = (one for one in model.graph.initializer if one.name == "body.2.weight")
    values = onnx.numpy_helper.to_array(gain).copy()
    values[0] = -1e-6  # so little that constant is right
    gain.CopyFrom(onnx.numpy_helper.from_array(values, gain.name))
    before, after = outputs(model), outputs(fold(model))
    np.testing.assert_allclose(after["logits"], before["logits"], atol=1e-3)


def test_the_first_layer_in_places_has_the_same_result(
    samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph, training = onnx_paths("lobonet", read_info("lobonet"))[0], samples.split("train")
    quantise(graph, training, tmp_path / "fast.onnx")
    monkeypatch.setattr(int8, "in_places", lambda model: model)
    quantise(graph, training, tmp_path / "plain.onnx")
    fast, plain = (onnx.load(tmp_path / f"{name}.onnx") for name in ("fast", "plain"))
    assert in_places(plain) == fast
    assert in_places(fast) is fast  # whose first layer is another one already
    for name, values in outputs(plain).items():
        np.testing.assert_array_equal(outputs(fast)[name], values)


def test_weights_on_places_meet_the_same_pixels() -> None:
    random = np.random.default_rng(0)
    weights = random.integers(-9, 9, (2, 1, 3, 3)).astype(np.int8)
    image = random.integers(0, 9, (8, 8))
    padded = np.pad(image, 1)
    plain = np.array(
        [
            [[(padded[y : y + 3, x : x + 3] * one[0]).sum() for x in range(8)] for y in range(8)]
            for one in weights
        ]
    )
    pixels = image.reshape(4, 2, 4, 2).transpose(1, 3, 0, 2).reshape(4, 4, 4)
    places = np.pad(pixels, [(0, 0), (1, 1), (1, 1)])
    spread = _of_places(weights)
    for pixel, channel in np.ndindex(4, 2):
        mine = np.array(
            [
                [
                    (places[:, y : y + 3, x : x + 3] * spread[2 * pixel + channel]).sum()
                    for x in range(4)
                ]
                for y in range(4)
            ]
        )
        np.testing.assert_array_equal(mine, plain[channel, pixel // 2 :: 2, pixel % 2 :: 2])
