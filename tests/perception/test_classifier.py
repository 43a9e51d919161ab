import dataclasses
import json
import runpy
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

from mien.classes import FER2013, Vocabulary
from mien.errors import NetError
from mien.models import read_info
from mien.models.info import InputSpec
from mien.perception.classifier import Classifier, Graph, softmax

NETS = runpy.run_path(str(Path(__file__).parents[1] / "tiny_nets.py"))


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


def test_flip_tta_is_the_mean_of_both_ways(net, crops):
    once, both = Classifier(net), Classifier(net, flip_tta=True)
    assert both.name == f"{once.name} with flip TTA"
    ways = [softmax(once.logits(way)) for way in (crops, np.ascontiguousarray(crops[:, :, ::-1]))]
    np.testing.assert_allclose(softmax(both.logits(crops)), (ways[0] + ways[1]) / 2, rtol=1e-4)
    # Mirrored or not, the answer is the same, and so are the places.
    mirrored = np.ascontiguousarray(crops[:, :, ::-1])
    np.testing.assert_allclose(both.logits(mirrored), both.logits(crops), rtol=1e-4, atol=1e-5)
    shipped = Classifier("lobonet", flip_tta=True)
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


def test_a_graph_that_is_cut_off_inside_is_one_sentence(tmp_path):
    # An output called "y", and a node of one byte, which says that more follows.
    graph = b"\x62\x03\x0a\x01y" + b"\x0a\x01\xff"
    (tmp_path / "bad.onnx").write_bytes(b"\x3a" + bytes([len(graph)]) + graph)
    with pytest.raises(NetError, match="ONNX Runtime cannot load .*: Expected a protocol buffer"):
        Graph(tmp_path / "bad.onnx", read_info("lobonet"))


def test_a_graph_that_fails_when_it_runs_is_one_sentence(tmp_path):
    nets = runpy.run_path(str(Path(__file__).parents[1] / "tiny_nets.py"))
    path = nets["make_net"](tmp_path / "a.onnx")
    model = onnx.load(path)
    # The brightest pixel's number is looked up among as many as there are classes.
    model.graph.node[-1].output[0] = "plain"
    for kind, takes, gives, more in (
        ("ReduceMax", ["real"], "brightest", {"keepdims": 0}),
        ("Cast", ["brightest"], "place", {"to": onnx.TensorProto.INT64}),
        ("Gather", ["bias", "place"], "found", {}),
        ("Add", ["plain", "found"], "logits", {}),
    ):
        model.graph.node.append(onnx.helper.make_node(kind, takes, [gives], **more))
    onnx.save(model, path)
    info = dataclasses.replace(read_info(path), sha256="")
    path.with_suffix(".json").write_text(info.to_json())
    with pytest.raises(NetError, match="ONNX Runtime cannot run .*a.onnx: "):
        Classifier(path).logits(np.full((1, 48, 48), 200, np.uint8))
    assert Classifier(path).logits(np.zeros((1, 48, 48), np.uint8)).shape == (1, 7)


def test_names_that_are_not_utf8_are_one_sentence(tmp_path):
    nets = runpy.run_path(str(Path(__file__).parents[1] / "tiny_nets.py"))
    path = nets["make_net"](tmp_path / "a.onnx")
    path.write_bytes(path.read_bytes().replace(b"batch", b"b\x8ctch"))
    path.with_suffix(".json").write_text(
        dataclasses.replace(read_info(path), sha256="").to_json()
    )
    with pytest.raises(NetError, match="ONNX Runtime cannot load .*a.onnx: .*codec"):
        Classifier(path)


def test_broken_file_is_one_sentence(net, tmp_path):
    (tmp_path / "bad.onnx").write_bytes(b"no network")
    with pytest.raises(NetError, match="ONNX Runtime cannot load"):
        Graph(tmp_path / "bad.onnx", Classifier(net).info)


AWAKE = Vocabulary.named(["awake", "tired", "yawning"])


def means_net(path, shape, kind="UINT8", classes=3, maps=None):
    """Write a network whose logits are the means of the input's channels, or of its first.

    With ``maps`` it also has an activation map: the first channel's means on such a grid.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = np.eye(shape[0], classes, dtype=np.float32)
    nodes = [
        helper.make_node("Cast", ["any name"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("GlobalAveragePool", ["real"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["answers"]),
    ]
    outputs = [helper.make_tensor_value_info("answers", TensorProto.FLOAT, ["n", classes])]
    values = [numpy_helper.from_array(weights, "weights")]
    if maps:
        step = [shape[1] // maps[0], shape[2] // maps[1]]
        nodes += [
            helper.make_node("AveragePool", ["real"], ["grid"], kernel_shape=step, strides=step),
            helper.make_node("ReduceMean", ["grid"], ["activation_map"], axes=[1], keepdims=0),
        ]
        outputs.append(
            helper.make_tensor_value_info("activation_map", TensorProto.FLOAT, ["n", *maps])
        )
    inputs = [
        helper.make_tensor_value_info("any name", getattr(TensorProto, kind), ["n", *shape])
    ]
    graph = helper.make_graph(nodes, "means", inputs, outputs, values)
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), str(path))
    return path


def info_of(spec, classes=AWAKE):
    return NETS["make_info"]("means", spec, classes)


@pytest.mark.parametrize(
    ("kind", "scale"), [("UINT8", (0, 255)), ("FLOAT", (0.0, 1.0)), ("FLOAT", (-1.0, 1.0))]
)
def test_colour_crops_of_any_size_reach_the_graph_in_its_range(tmp_path, kind, scale):
    spec = InputSpec(112, 80, "RGB", range=scale)
    graph = Graph(means_net(tmp_path / "c.onnx", (3, 112, 80), kind), info_of(spec))
    crops = np.zeros((4, 112, 80, 3), np.uint8)
    crops[:] = (255, 51, 0)
    crops[0] = 0
    logits, = graph.run(crops, 3)
    low, high = scale
    levels = np.array([[0, 0, 0], *[[1, 0.2, 0]] * 3])
    np.testing.assert_allclose(logits, low + levels * (high - low), atol=1e-4)
    assert not graph.has_map


@pytest.mark.parametrize(
    ("spec", "shape", "classes"),
    [
        (InputSpec(112, 112, "gray"), (3, 112, 112), 3),
        (InputSpec(112, 112, "RGB"), (3, 112, 96), 3),
        (InputSpec(112, 112, "RGB"), (3, 112, 112), 7),
    ],
    ids=["channels", "size", "classes"],
)
def test_a_graph_that_does_not_fit_its_info_is_one_sentence(tmp_path, spec, shape, classes):
    path = means_net(tmp_path / "c.onnx", shape, classes=classes)
    with pytest.raises(NetError, match="Expected a network from uint8 or float .* got tensor"):
        Graph(path, info_of(spec))


def test_a_network_of_own_classes_and_colour_crops_reads(tmp_path):
    spec = InputSpec(64, 40, "RGB")
    path = NETS["make_net"](tmp_path / "own.onnx", spec=spec, classes=AWAKE)
    classifier = Classifier(path)
    crops = np.random.default_rng(0).integers(0, 256, (2, 64, 40, 3), np.uint8)
    assert classifier.probabilities(crops).shape == (2, 3)
    assert not classifier.explains
    with pytest.raises(NetError, match=r"Expected crops uint8 \[N, 64, 40, 3\]"):
        classifier.logits(crops[..., 0])
    both = Classifier(path, flip_tta=True)
    mirrored = np.ascontiguousarray(crops[:, :, ::-1])
    np.testing.assert_allclose(both.logits(mirrored), both.logits(crops), rtol=1e-4, atol=1e-5)


class Member:
    """A graph that answers as it is told."""

    has_map = True

    def __init__(self, answers, maps):
        self.logits = 5 * np.eye(7, dtype=np.float32)[list(answers)]
        self.maps = np.asarray(maps, np.float32)

    def run(self, crops, batch, with_maps=False):
        return [self.logits, self.maps] if with_maps else [self.logits]


def ensemble(net, *members):
    classifier = Classifier(net)
    classifier._graphs = list(members)
    return classifier


def test_only_members_that_agree_with_the_ensemble_explain_it(net, crops):
    ones = np.ones((2, 4, 4))
    # Two of three name happy (3) for the first crop, all name sad (4) for the second.
    classifier = ensemble(
        net, Member([3, 4], ones), Member([3, 4], 3 * ones), Member([5, 4], 8 * ones)
    )
    maps = classifier.maps(crops[:2])
    np.testing.assert_allclose(maps[0], 2)
    np.testing.assert_allclose(maps[1], 4)


def test_maps_of_different_grids_meet_on_the_coarsest(net, crops):
    fine = np.zeros((1, 12, 12))
    fine[0, :2, :2] = 8
    coarse = np.zeros((1, 6, 6))
    coarse[0, 0, 0] = 4
    maps = ensemble(net, Member([3], fine), Member([3], coarse)).maps(crops[:1])
    assert maps.shape == (1, 6, 6)
    assert maps[0, 0, 0] == 6
    assert maps.sum() == 6


def test_grids_that_do_not_divide_are_resized_by_area(net, crops):
    ramp = np.arange(49.0).reshape(1, 7, 7)
    maps = ensemble(net, Member([3], ramp), Member([3], np.zeros((1, 6, 6)))).maps(crops[:1])
    assert maps.shape == (1, 6, 6)
    # A place of the coarse grid covers 7/6 of the fine one, in each direction.
    weights = np.zeros((6, 7))
    for place in range(6):
        for old in range(7):
            overlap = min((place + 1) * 7 / 6, old + 1) - max(place * 7 / 6, old)
            weights[place, old] = max(0, overlap) * 6 / 7
    np.testing.assert_allclose(maps[0], weights @ ramp[0] @ weights.T / 2, rtol=1e-4)
    # The mean does not change.
    assert maps.mean() == pytest.approx(ramp.mean() / 2, rel=1e-5)


def test_a_graph_with_a_map_says_so(tmp_path):
    path = means_net(tmp_path / "m.onnx", (1, 48, 48), maps=(4, 6), classes=7)
    graph = Graph(path, info_of(InputSpec(), FER2013))
    assert graph.has_map
    crops = np.zeros((1, 48, 48), np.uint8)
    crops[:, :12, :8] = 100
    _, maps = graph.run(crops, 1, with_maps=True)
    assert maps.shape == (1, 4, 6)
    assert maps[0, 0, 0] == 100
    assert maps.sum() == 100
