from pathlib import Path

import numpy as np
import onnx
import pytest

from mien.data import Samples
from mien.export.int8 import quantise
from mien.models import onnx_paths, read_info
from mien.perception.classifier import Classifier

GRAPH = onnx_paths("lobonet", read_info("lobonet"))[0]


@pytest.fixture(scope="module")
def quantised(samples: Samples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped lobonet in 8 bits, with ranges read off the striped faces."""
    path = tmp_path_factory.mktemp("int8") / "lobonet.onnx"
    how = quantise(GRAPH, samples.split("train"), path)
    assert how["calibration"] == "64 Training faces, seed 0"
    return path


def test_a_quantised_net_says_nearly_the_same(quantised: Path, samples: Samples) -> None:
    faces = samples.split("public").images
    wanted = Classifier("lobonet").logits(faces)
    got = Classifier(quantised, read_info("lobonet")).logits(faces)
    # Close to the floats' logits, and not in floats in secret.
    assert 1e-3 < np.abs(got - wanted).mean() < 0.03 * np.ptp(wanted)


def test_large_layers_alone_multiply_in_8_bits(quantised: Path) -> None:
    weights = [each for each in onnx.load(quantised).graph.initializer if len(each.dims) > 1]
    eights = [each for each in weights if each.data_type == onnx.TensorProto.INT8]
    floats = [each for each in weights if each.data_type == onnx.TensorProto.FLOAT]
    # Three convolutions and the first dense layer; the convolution that reads the face, and the
    # layer of the logits, stay in floats.
    assert [len(each.dims) for each in eights].count(4) == 3
    assert [len(each.dims) for each in eights].count(2) == 1
    assert {tuple(each.dims) for each in floats} == {(32, 1, 3, 3), (7, 256)}
    # A byte a weight, and some for the graph.
    assert quantised.stat().st_size < 1.1 * read_info("lobonet").parameters


def test_the_map_is_still_there(quantised: Path, samples: Samples) -> None:
    faces = samples.split("public").images
    wanted = Classifier("lobonet").maps(faces)
    got = Classifier(quantised, read_info("lobonet")).maps(faces)
    assert got.shape == wanted.shape
    assert np.corrcoef(got.ravel(), wanted.ravel())[0, 1] > 0.9


def test_the_same_faces_give_the_same_bytes(
    quantised: Path, samples: Samples, tmp_path: Path
) -> None:
    quantise(GRAPH, samples.split("train"), tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == quantised.read_bytes()


def test_weights_have_7_bits(quantised: Path) -> None:
    weights = [
        onnx.numpy_helper.to_array(each)
        for each in onnx.load(quantised).graph.initializer
        if each.data_type == onnx.TensorProto.INT8 and len(each.dims) > 1
    ]
    assert max(int(np.abs(each).max()) for each in weights) == 64
