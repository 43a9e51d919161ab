"""Answers with FER+'s votes mixed in, in a shipped network's graph."""

import numpy as np
import onnx
import pytest

from mien.errors import TrainingError
from mien.export.mixing import VoteHead, last_layers, mix, unmix, with_features
from mien.models import onnx_paths, read_info
from mien.models.answers import LABEL_LOGITS, LABEL_MAP, MAP, Mixing
from mien.models.graph import output_names, with_outputs
from mien.models.runtime import open_session
from mien.perception.classifier import softmax

FACES = np.random.default_rng(0).integers(0, 256, (4, 1, 48, 48), np.uint8)
MIXING = Mixing(weight=0.3, power=1.2, shares=(0.1, 0.02, 0.04, 0.27, 0.15, 0.12, 0.3))
OUTPUTS = ["logits", MAP, LABEL_LOGITS, LABEL_MAP]


@pytest.fixture(scope="module")
def label_graph() -> onnx.ModelProto:
    """The shipped lobonet's answer to FER-2013's labels alone."""
    return unmix(onnx.load(onnx_paths("lobonet", read_info("lobonet"))[0]))


@pytest.fixture(scope="module")
def head() -> VoteHead:
    random = np.random.default_rng(1)
    weights, bias = random.normal(0, 0.2, (7, 256)), random.normal(0, 1, 7)
    return VoteHead(weights.astype(np.float32), bias.astype(np.float32))


@pytest.fixture(scope="module")
def mixed(label_graph: onnx.ModelProto, head: VoteHead) -> onnx.ModelProto:
    return mix(label_graph, head, MIXING)


def outputs(model: onnx.ModelProto, faces: np.ndarray = FACES) -> dict[str, np.ndarray]:
    content = model.SerializeToString()
    values = open_session(content).run(None, {"faces": faces})
    return dict(zip(output_names(content), values, strict=True))


def features(label_graph: onnx.ModelProto) -> np.ndarray:
    (values,) = outputs(with_features(label_graph)).values()
    return values.astype(np.float64)


def parts(
    label_graph: onnx.ModelProto, head: VoteHead
) -> tuple[np.ndarray, np.ndarray]:
    """Return what labels and votes add to the probabilities, by the formula."""
    votes = softmax((features(label_graph) @ head.weights.T + head.bias).astype(np.float32))
    divided = votes / np.array(MIXING.shares) ** MIXING.power
    divided /= divided.sum(axis=1, keepdims=True)
    labels = softmax(outputs(label_graph)["logits"])
    return (1 - MIXING.weight) * labels, MIXING.weight * divided


def test_the_answer_is_that_of_the_formula(
    label_graph: onnx.ModelProto, mixed: onnx.ModelProto, head: VoteHead
) -> None:
    onnx.checker.check_model(mixed)
    expected = sum(parts(label_graph, head))
    np.testing.assert_allclose(np.exp(outputs(mixed)["logits"]), expected, atol=1e-6)


def test_the_answer_to_labels_alone_stays_to_the_last_bit(
    label_graph: onnx.ModelProto, mixed: onnx.ModelProto
) -> None:
    before, after = outputs(label_graph), outputs(mixed)
    assert list(after) == OUTPUTS
    np.testing.assert_array_equal(after[LABEL_LOGITS], before["logits"])
    np.testing.assert_array_equal(after[LABEL_MAP], before[MAP])
    alone = open_session(with_outputs(mixed.SerializeToString(), [LABEL_LOGITS]))
    np.testing.assert_array_equal(alone.run(None, {"faces": FACES})[0], before["logits"])


def test_the_map_is_that_of_both_layers_by_their_parts(
    label_graph: onnx.ModelProto, mixed: onnx.ModelProto, head: VoteHead
) -> None:
    """Between the kinks of the last ReLU the logits are linear, so that maps add as weights do."""
    after = outputs(mixed)
    labels, votes = parts(label_graph, head)
    answers = (labels + votes).argmax(axis=1)
    rows = np.arange(len(FACES))
    share = (labels / (labels + votes))[rows, answers]
    # With weights of labels or votes alone, the map of one layer's own answer is that of its class.
    for row, answer in enumerate(answers):
        of_labels = _map_of_class(label_graph, head, answer, only_votes=False)[row]
        of_votes = _map_of_class(label_graph, head, answer, only_votes=True)[row]
        expected = share[row] * of_labels + (1 - share[row]) * of_votes
        np.testing.assert_allclose(after[MAP][row], expected, atol=1e-4)


def _map_of_class(
    label_graph: onnx.ModelProto, head: VoteHead, answer: int, only_votes: bool
) -> np.ndarray:
    """Map one class by one layer: a bias makes it the answer, and the other weighs nothing."""
    bias = np.where(np.arange(7) == answer, 1e3, -1e3).astype(np.float32)
    weights = head.weights
    if not only_votes:
        session = open_session(
            with_outputs(_with_output(label_graph, "last.weight"), ["last.weight"])
        )
        weights = session.run(None, {"faces": FACES[:1]})[0]
    sure = mix(label_graph, VoteHead(weights, bias), Mixing(1 - 1e-6, 0, MIXING.shares))
    return outputs(sure)[MAP]


def _with_output(model: onnx.ModelProto, name: str) -> bytes:
    more = onnx.ModelProto()
    more.CopyFrom(model)
    value = onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
    more.graph.output.append(value)
    return more.SerializeToString()


def test_no_face_has_no_answer(mixed: onnx.ModelProto) -> None:
    alone = open_session(with_outputs(mixed.SerializeToString(), ["logits"]))
    assert alone.run(None, {"faces": FACES[:0]})[0].shape == (0, 7)


def test_mixing_is_undone_and_done_anew(
    label_graph: onnx.ModelProto, mixed: onnx.ModelProto, head: VoteHead
) -> None:
    assert unmix(mixed) == label_graph
    assert mix(mixed, head, MIXING) == mixed
    assert last_layers(label_graph) == {"logits"}
    assert len(last_layers(mixed)) == 2


def test_a_graph_without_a_last_layer_is_refused(head: VoteHead) -> None:
    value = [onnx.helper.make_tensor_value_info(name, 1, ["batch", 7]) for name in ("faces", "y")]
    node = onnx.helper.make_node("Relu", ["faces"], ["y"])
    model = onnx.helper.make_model(onnx.helper.make_graph([node], "g", value[:1], value[1:]))
    with pytest.raises(TrainingError, match="ends in a linear layer"):
        mix(model, head, MIXING)
