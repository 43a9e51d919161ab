import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from mien.data import Samples
from mien.export.int8 import quantise
from mien.export.onnx import export_onnx
from mien.models import onnx_paths, read_info
from mien.models.graph import with_outputs
from mien.perception.classifier import Classifier
from mien.training import Run, training_samples

GRAPH = onnx_paths("lobonet", read_info("lobonet"))[0]
# The hash is that of the graph in floats.
INFO = dataclasses.replace(read_info("lobonet"), sha256="")


@pytest.fixture(scope="module")
def quantised(samples: Samples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped lobonet in 8 bits, with ranges read off the striped faces."""
    path = tmp_path_factory.mktemp("int8") / "lobonet.onnx"
    how = quantise(GRAPH, samples.split("train"), path)
    assert how["calibration"] == "64 Training faces, seed 0"
    return path


def test_a_quantised_net_answers_nearly_the_same(quantised: Path, samples: Samples) -> None:
    faces = samples.split("public").images
    expected = Classifier("lobonet").logits(faces)
    got = Classifier(quantised, INFO).logits(faces)
    # Close to the floats' logits, and not in floats in secret.
    assert 1e-3 < np.abs(got - expected).mean() < 0.03 * np.ptp(expected)


def test_large_layers_alone_multiply_in_8_bits(quantised: Path) -> None:
    weights = [weight for weight in onnx.load(quantised).graph.initializer if len(weight.dims) > 1]
    eights = [weight for weight in weights if weight.data_type == onnx.TensorProto.INT8]
    floats = [weight for weight in weights if weight.data_type == onnx.TensorProto.FLOAT]
    # Four convolutions and the first dense layer; the layers of the logits stay in floats.
    assert [len(weight.dims) for weight in eights].count(4) == 4
    assert [len(weight.dims) for weight in eights].count(2) == 1
    # Layers of labels, and of both answers; what mixing adds is small.
    assert {tuple(weight.dims) for weight in floats if max(weight.dims) > 9} == {
        (7, 256),
        (14, 256),
    }
    # A byte a weight, and some for the graph.
    assert quantised.stat().st_size < 1.15 * read_info("lobonet").parameters


def test_no_number_is_a_float_between_the_layers_of_8_bits(quantised: Path) -> None:
    """What ONNX Runtime makes of the graph's logits has none of the slow steps left."""
    graph = onnx.load_from_string(with_outputs(quantised.read_bytes(), ["logits"])).graph
    kinds = [node.op_type for node in graph.node]
    assert kinds[:3] == ["Reshape", "Transpose", "Reshape"]
    assert kinds.count("QLinearConv") == 1
    assert {"Cast", "Div"}.isdisjoint(kinds)
    assert kinds.count("BatchNormalization") == 1
    # The only ReLU is that of the features, between the dense layers.
    assert kinds.count("Relu") == 1


def test_the_map_is_still_there(quantised: Path, samples: Samples) -> None:
    faces = samples.split("public").images
    expected = Classifier("lobonet").maps(faces)
    got = Classifier(quantised, INFO).maps(faces)
    assert got.shape == expected.shape
    # Of stripes and noise; of faces, with ranges read off faces, it is 0.98.
    assert np.corrcoef(got.ravel(), expected.ravel())[0, 1] > 0.85


def test_the_same_faces_give_the_same_bytes(
    quantised: Path, samples: Samples, tmp_path: Path
) -> None:
    quantise(GRAPH, samples.split("train"), tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == quantised.read_bytes()


def test_weights_have_7_bits(quantised: Path) -> None:
    weights = [
        onnx.numpy_helper.to_array(weight)
        for weight in onnx.load(quantised).graph.initializer
        if weight.data_type == onnx.TensorProto.INT8 and len(weight.dims) > 1
    ]
    assert max(int(np.abs(weight).max()) for weight in weights) == 64


def test_colour_crops_and_own_classes(
    make_run: Callable[..., Run], own_faces: Path, tmp_path: Path
) -> None:
    run = make_run(own_faces, image_size=32, colour="RGB", width=8)
    floats, path = tmp_path / "floats.onnx", tmp_path / "int8.onnx"
    export_onnx(run, floats)
    training = training_samples(run.settings()).split("train")
    quantise(floats, training, path)
    sizes = {weight.name: tuple(weight.dims) for weight in onnx.load(path).graph.initializer}
    kinds = {weight.name: weight.data_type for weight in onnx.load(path).graph.initializer}
    floats_kept = {sizes[name] for name in sizes if kinds[name] == onnx.TensorProto.FLOAT}
    # The layer of two logits, but not the convolution that reads three colours.
    assert (2, 128) in floats_kept
    assert (8, 3, 3, 3) not in floats_kept
    info = dataclasses.replace(INFO, classes=training.vocabulary, input=run.record().spec)
    got = Classifier(path, info).logits(training.images)
    expected = Classifier(floats, info).logits(training.images)
    assert np.abs(got - expected).mean() < 0.1 * np.ptp(expected)
