"""Turns a network's graph into one that multiplies in 8 bits."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mien.data import Samples
from mien.export.first_layer import in_places
from mien.export.folding import fold
from mien.export.mixing import last_layers
from mien.files import write
from mien.training.silence import quiet

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

FACES = 1024
"""Training faces from which the ranges of the activations are taken."""

PERCENTILE = 99.999
"""Percentage of an activation's values within its range; the few beyond it are clipped.

Of the methods that ONNX Runtime offers, this one lost least on PublicTest with mien-s (dev/LOG.md).
Of 99.9, 99.99 and 99.999 it keeps the logits closest to those in floats, by 0.153, 0.082 and 0.070
in the mean.
"""

SEED = 0

_BATCH = 64


def quantise(graph: Path, training: Samples, path: Path) -> dict[str, str]:
    """Write a graph whose large layers multiply 8-bit numbers, with weights scaled by channel.

    Large are 3x3 convolutions and dense layers; normalisation is folded into them, and ReLU and
    pooling work on 8-bit numbers too. The rest stays in floats: the excitations, which scale whole
    channels, and the layers of the logits. The first layer is made faster where it can be, with
    operators that only ONNX Runtime has.

    Parameters
    ----------
    graph
        ONNX file of `mien.export.onnx`.
    training
        Training faces, ``uint8 [N, *crop_shape]``; the ranges of the activations are taken from
        `FACES` of them.
    path
        ONNX file to write.

    Returns
    -------
    dict
        How it was done, for the recipe in the network's info.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    import onnx
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    rows = _choose(len(training))
    with tempfile.TemporaryDirectory() as folder, _silent():
        parts = ("folded.onnx", "prepared.onnx", "quantised.onnx")
        folded, prepared, quantised = (Path(folder) / part for part in parts)
        onnx.save(fold(onnx.load(graph)), folded)
        # Folds constants first; its symbolic shapes would need sympy and add nothing.
        quant_pre_process(folded, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            quantised,
            _Reader(training.images[rows]),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            # Weights of 7 bits: the sums of two products then fit the 16 bits that processors
            # without VNNI have for them, so that all compute the same.
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_quantize=_in_8_bits(prepared),
            calibrate_method=CalibrationMethod.Percentile,
            extra_options={"CalibPercentile": PERCENTILE},
        )
        small = in_places(_with_bytes_as_they_are(onnx.load(quantised)))
        write(path, bytes(small.SerializeToString(deterministic=True)))
    return {
        "weights": "int8 by channel, of 7 bits",
        "activations": f"uint8, {PERCENTILE}% of the values",
        "calibration": f"{len(rows)} Training faces, seed {SEED}",
    }


def _choose(count: int) -> NDArray[np.intp]:
    """Choose rows for the calibration, which needs full batches."""
    most = min(count, FACES)
    full = most - most % _BATCH if most > _BATCH else most
    return np.sort(np.random.default_rng(SEED).permutation(count)[:full])


class _Reader:
    """Returns batches of faces in the way that ONNX Runtime's calibration asks for them."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self._batches = iter(np.split(images, range(_BATCH, len(images), _BATCH)))

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        """Return the next batch, or None after the last."""
        batch = next(self._batches, None)
        if batch is None:
            return None
        channels_first = batch[:, None] if batch.ndim == 3 else batch.transpose(0, 3, 1, 2)
        return {"faces": np.ascontiguousarray(channels_first)}

    def __iter__(self) -> Iterator[dict[str, NDArray[np.uint8]]]:
        return iter(self.get_next, None)


def _in_8_bits(path: Path) -> list[str]:
    """Name the nodes that gain from 8 bits: those that multiply much, and what follows them."""
    import onnx

    model = onnx.load(path)
    sizes = {weight.name: list(weight.dims) for weight in model.graph.initializer}
    last = last_layers(model)
    chosen = [node for node in model.graph.node if _is_large(node, sizes, last)]
    made = {name for node in chosen for name in node.output}
    # In the graph's order, so that a pooling behind a ReLU follows too.
    for node in model.graph.node:
        if node.op_type in _FOLLOW and node.input[0] in made:
            chosen.append(node)
            made.update(node.output)
    return [node.name for node in chosen]


_FOLLOW = ("Relu", "MaxPool")


def _is_large(node: onnx.NodeProto, sizes: dict[str, list[int]], last: set[str]) -> bool:
    """Tell whether a node is a 3x3 convolution, or a dense layer but a last one."""
    if node.op_type == "Conv":
        return sizes[node.input[1]][2:] != [1, 1]
    return node.op_type == "Gemm" and last.isdisjoint(node.output)


def _with_bytes_as_they_are(model: onnx.ModelProto) -> onnx.ModelProto:
    """Take the faces as the 8-bit numbers that they are, with a scale of 1/255.

    The graph turned them into floats from 0 to 1, and those into 8-bit numbers again.
    """
    from onnx import numpy_helper

    graph = model.graph
    makers = {name: node for node in graph.node for name in node.output}
    for widening in graph.node:
        chain = [widening]
        while chain[-1].input[0] in makers and len(chain) <= len(_TO_FLOATS):
            chain.append(makers[chain[-1].input[0]])
        kinds = tuple(node.op_type for node in chain)
        if kinds == _TO_FLOATS and chain[-1].input[0] == graph.input[0].name:
            widening.input[:] = [graph.input[0].name, "faces.scale", "faces.zero"]
            values = {"faces.scale": np.float32(1 / 255), "faces.zero": np.uint8(0)}
            graph.initializer.extend(
                numpy_helper.from_array(np.array(value), name) for name, value in values.items()
            )
            for node in chain[1:]:
                graph.node.remove(node)
            return model
    return model


_TO_FLOATS = ("DequantizeLinear", "QuantizeLinear", "Div", "Cast")


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Hide the progress that ONNX Runtime prints."""
    with quiet(""), contextlib.redirect_stdout(io.StringIO()):
        yield
