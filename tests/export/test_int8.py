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
    # Three convolutions and the first dense layer; the convolution that reads the face, and the
    # layer of the logits, stay in floats.
    assert [len(weight.dims) for weight in eights].count(4) == 3
    assert [len(weight.dims) for weight in eights].count(2) == 1
    assert {tuple(weight.dims) for weight in floats} == {(32, 1, 3, 3), (7, 256)}
    # A byte a weight, and some for the graph.
    assert quantised.stat().st_size < 1.1 * read_info("lobonet").parameters


def test_the_map_is_still_there(quantised: Path, samples: Samples) -> None:
    faces = samples.split("public").images
    expected = Classifier("lobonet").maps(faces)
    got = Classifier(quantised, INFO).maps(faces)
    assert got.shape == expected.shape
    assert np.corrcoef(got.ravel(), expected.ravel())[0, 1] > 0.9


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
    # The convolution that reads three colours, and the layer of two logits.
    assert {(8, 3, 3, 3), (2, 128)} <= floats_kept
    info = dataclasses.replace(INFO, classes=training.vocabulary, input=run.record().spec)
    got = Classifier(path, info).logits(training.images)
    expected = Classifier(floats, info).logits(training.images)
    assert np.abs(got - expected).mean() < 0.1 * np.ptp(expected)
