"""Turns a finished run into an ONNX graph."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from mien.errors import TrainingError
from mien.export.inference_model import Deployed, Ensemble
from mien.export.weight_storage import WeightBits, store
from mien.files import ELSEWHERE, write
from mien.training.run import Run, load_net
from mien.training.silence import quiet

if TYPE_CHECKING:
    import onnx

TOLERANCE = 1e-3
"""How far a number of the graph may be from the network's own; float32 sums differ by 1e-5."""

OUTPUTS = ("logits", "activation_map")
"""What the graph gives; see `mien.export.inference_model.Deployed`."""


def export_onnx(runs: Sequence[Run], path: Path, bits: WeightBits = 16) -> None:
    """Write a network as ONNX with a dynamic batch axis, and check that it computes the same.

    After the check its weights are stored in fewer bits (`mien.export.weight_storage`).

    Parameters
    ----------
    runs
        A finished run, or several for an `Ensemble`.
    path
        The ONNX file to write.
    bits
        How many each large weight is stored in.

    Raises
    ------
    TrainingError
        If a run is not finished, there are too many, or the graph computes something else than
        the network.
    """
    members = [Deployed(load_net(run)) for run in runs]
    deployed = members[0] if len(members) == 1 else Ensemble(members)
    faces = torch.randint(
        0, 256, (3, 1, 48, 48), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    # It reports its progress, its deprecations and missing extras.
    with quiet("torch.onnx"), contextlib.redirect_stdout(io.StringIO()):
        program = torch.onnx.export(
            deployed,
            (faces,),
            dynamo=True,
            input_names=["faces"],
            output_names=list(OUTPUTS),
            dynamic_shapes={"faces": {0: torch.export.Dim("batch")}},
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    _strip(model)
    _check(_serialise(model), deployed, faces)
    write(path, _serialise(store(model, bits)), ELSEWHERE)


def store_again(graph: Path, path: Path, bits: WeightBits = 16) -> None:
    """Write a graph that stands already with its weights in so many bits."""
    import onnx

    write(path, _serialise(store(onnx.load(graph), bits)), ELSEWHERE)


def _serialise(model: onnx.ModelProto) -> bytes:
    """Give the bytes of a model, the same for the same model."""
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


def _check(graph: bytes, deployed: nn.Module, faces: Tensor) -> None:
    """Compare the graph with the network, on batches of two sizes."""
    import onnxruntime

    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    for some in (faces, faces[:1]):
        with torch.inference_mode():
            wanted = [output.numpy() for output in deployed(some)]
        taken = {"faces": some.numpy()}
        for name, got, own in zip(OUTPUTS, session.run(OUTPUTS, taken), wanted, strict=True):
            if not np.allclose(got, own, atol=TOLERANCE):
                raise TrainingError(
                    f"The exported graph's {name} is off by {np.abs(got - own).max():.3g}.",
                    "Report this with the versions in the run's card.json.",
                )
