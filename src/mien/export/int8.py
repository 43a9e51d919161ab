"""Turns a network's graph into one that multiplies in 8 bits."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mien.data import Samples
from mien.files import ELSEWHERE, write
from mien.training.silence import quiet

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

FACES = 1024
"""Training faces that the ranges of the activations are read off."""

PERCENTILE = 99.99
"""Share of an activation's values that its range holds; the few beyond are cut.

Of the ways that ONNX Runtime offers, this lost least on PublicTest with mien-s; dev/LOG.md has
the numbers.
"""

SEED = 0

_BATCH = 64


def quantise(graph: Path, training: Samples, path: Path) -> dict[str, Any]:
    """Write a graph whose large layers multiply 8-bit numbers, weights by output channel.

    3x3 convolutions and dense layers are large. What is small stays in floats: the first
    convolution, whose error runs through all layers, the excitations, which scale whole channels,
    and the layer of the logits.

    Parameters
    ----------
    graph
        ONNX file of `mien.export.onnx`.
    training
        Training faces; `FACES` of them are read for the ranges of the activations.
    path
        ONNX file to write.

    Returns
    -------
    dict
        How it was done, for the card's recipe.
    """
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    rows = _choose(len(training))
    with tempfile.TemporaryDirectory() as folder, _silent():
        prepared, made = Path(folder) / "prepared.onnx", Path(folder) / "made.onnx"
        # Folds what can be folded first; its symbolic shapes would need sympy, and add nothing.
        quant_pre_process(graph, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            made,
            _Reader(training.images[rows]),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            # Weights of 7 bits: the sums of two products then fit the 16 bits that processors
            # without VNNI have for them, so that all compute the same.
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_quantize=_large(prepared),
            calibrate_method=CalibrationMethod.Percentile,
            extra_options={"CalibPercentile": PERCENTILE},
        )
        write(path, made.read_bytes(), ELSEWHERE)
    return {
        "weights": "int8 by channel, of 7 bits",
        "activations": f"uint8, {PERCENTILE}% of the values",
        "calibration": f"{len(rows)} Training faces, seed {SEED}",
    }


def _choose(count: int) -> NDArray[np.intp]:
    """Choose rows for the calibration, which takes full batches only."""
    most = min(count, FACES)
    full = most - most % _BATCH if most > _BATCH else most
    return np.sort(np.random.default_rng(SEED).permutation(count)[:full])


class _Reader:
    """Gives batches of faces, as ONNX Runtime's calibration asks for them."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self._batches = iter(np.split(images, range(_BATCH, len(images), _BATCH)))

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        """Give the next batch, or None after the last."""
        batch = next(self._batches, None)
        return None if batch is None else {"faces": batch[:, None]}

    def __iter__(self) -> Iterator[dict[str, NDArray[np.uint8]]]:
        return iter(self.get_next, None)


def _large(path: Path) -> list[str]:
    """Name the nodes whose multiplications are worth it."""
    import onnx

    model = onnx.load(path)
    sizes = {weight.name: list(weight.dims) for weight in model.graph.initializer}
    return [node.name for node in model.graph.node if _is_large(node, sizes)]


def _is_large(node: onnx.NodeProto, sizes: dict[str, list[int]]) -> bool:
    """Tell 3x3 convolutions of many channels, and dense layers before the last, from the rest."""
    if node.op_type == "Conv":
        _, channels, *side = sizes[node.input[1]]
        return channels > 1 and side != [1, 1]
    from mien.classes import NAMES

    return node.op_type == "Gemm" and len(NAMES) not in sizes[node.input[1]]


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Hide what ONNX Runtime prints of its progress."""
    with quiet(""), contextlib.redirect_stdout(io.StringIO()):
        yield
