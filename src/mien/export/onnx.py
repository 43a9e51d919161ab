"""Turns a finished run into an ONNX graph."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from mien.errors import TrainingError
from mien.export.inference_model import InferenceModel
from mien.export.mixing import VoteHead, mix
from mien.export.weight_storage import WeightBits, store
from mien.files import write
from mien.models.answers import Mixing
from mien.models.runtime import open_session
from mien.training.run import Run, load_net
from mien.training.silence import quiet

if TYPE_CHECKING:
    import onnx

TOLERANCE = 1e-3
"""Largest difference between an output of the graph and the network's own; float32 sums differ by
1e-5."""


def export_onnx(run: Run, path: Path, bits: WeightBits = 16) -> None:
    """Write a network as ONNX with a dynamic batch axis, and check that it computes the same.

    The graph takes ``faces``, ``uint8 [batch, channels, height, width]``, and returns ``logits``,
    ``float32 [batch, K]``, and if the network has one ``activation_map``, ``float32 [batch, h, w]``
    (`mien.export.inference_model.InferenceModel`). After the check its weights are stored in fewer
    bits (`mien.export.weight_storage`).

    Parameters
    ----------
    run
        A finished run.
    path
        The ONNX file to write.
    bits
        Bits that each large weight is stored in.

    Raises
    ------
    TrainingError
        If the run is not finished, or the graph computes something else than the network.
    OutputError
        If the file cannot be written.
    """
    model = InferenceModel(load_net(run))
    spec = run.record().spec
    faces = torch.randint(
        0,
        256,
        (3, spec.channels, spec.height, spec.width),
        dtype=torch.uint8,
        generator=torch.Generator().manual_seed(0),
    )
    graph = _to_onnx(model, faces)
    _check(_serialise(graph), model, faces)
    write(path, _serialise(store(graph, bits)))


def store_again(graph: Path, path: Path, bits: WeightBits = 16) -> None:
    """Write an ONNX file again, with its weights in the given number of bits."""
    import onnx

    write(path, _serialise(store(onnx.load(graph), bits)))


def mix_in(graph: Path, head: VoteHead, mixing: Mixing) -> None:
    """Mix FER+'s votes into the answer of an ONNX file (`mien.export.mixing.mix`)."""
    import onnx

    write(graph, _serialise(mix(onnx.load(graph), head, mixing)))


def _to_onnx(model: InferenceModel, faces: Tensor) -> onnx.ModelProto:
    """Translate a network, without traces of where that was done."""
    # The exporter prints its progress, its deprecations and missing extras.
    with quiet("torch.onnx"), contextlib.redirect_stdout(io.StringIO()):
        program = torch.onnx.export(
            model,
            (faces,),
            dynamo=True,
            input_names=["faces"],
            output_names=list(model.outputs),
            dynamic_shapes={"faces": {0: torch.export.Dim("batch")}},
            verbose=False,
        )
    assert program is not None
    graph: onnx.ModelProto = program.model_proto
    _strip(graph)
    return graph


def _serialise(model: onnx.ModelProto) -> bytes:
    """Return the bytes of a model, the same for the same model."""
    return bytes(model.SerializeToString(deterministic=True))


def _strip(model: onnx.ModelProto) -> None:
    """Remove the traces of where a model was made.

    The exporter notes files and lines of this machine at every node; without them the same
    weights give the same bytes everywhere.
    """
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.initializer, *graph.input, *graph.output):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    graph.ClearField("value_info")


def _check(graph: bytes, model: InferenceModel, faces: Tensor) -> None:
    """Compare the graph with the network, on batches of two sizes."""
    session = open_session(graph)
    for batch in (faces, faces[:1]):
        with torch.inference_mode():
            expected = [output.numpy() for output in model(batch)]
        outputs = session.run(model.outputs, {"faces": batch.numpy()})
        for name, got, own in zip(model.outputs, outputs, expected, strict=True):
            if not np.allclose(got, own, atol=TOLERANCE):
                raise TrainingError(
                    f"The exported graph's {name} is off by {np.abs(got - own).max():.3g}.",
                    "Report this with the versions in the run's run.json.",
                )
