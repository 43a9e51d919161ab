from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from mien.errors import TrainingError
from mien.export.onnx import export_onnx, store_again
from mien.models import onnx_paths, read_info
from mien.training import Run, load_net

MakeRun = Callable[..., Run]


def shape(value: onnx.ValueInfoProto) -> list[str | int]:
    return [side.dim_param or side.dim_value for side in value.type.tensor_type.shape.dim]


def test_a_graph_takes_bytes_in_the_runs_size_and_colour(
    make_run: MakeRun, own_faces: Path, tmp_path: Path
) -> None:
    run = make_run(own_faces, image_size=112, colour="RGB", width=8)
    path = tmp_path / "net.onnx"
    export_onnx(run, path)
    graph = onnx.load(path).graph
    (faces,), (logits, places) = graph.input, graph.output
    assert (faces.name, shape(faces)[1:]) == ("faces", [3, 112, 112])
    assert faces.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    assert (logits.name, shape(logits)) == ("logits", [shape(faces)[0], 2])
    assert (places.name, shape(places)[1:]) == ("activation_map", [56, 56])
    pixels = np.random.default_rng(0).integers(0, 256, (5, 3, 112, 112), np.uint8)
    session = onnxruntime.InferenceSession(path)
    with torch.inference_mode():
        expected = load_net(run)(torch.from_numpy(pixels).float() / 255)
    got = session.run(["logits"], {"faces": pixels})[0]
    np.testing.assert_allclose(got, expected.numpy(), atol=0.02)  # stored in 16 bits


def test_the_same_run_gives_the_same_bytes(
    make_run: MakeRun, striped_zip: Path, tmp_path: Path
) -> None:
    run = make_run(striped_zip)
    for name in ("one", "two"):
        export_onnx(run, tmp_path / f"{name}.onnx")
    one = (tmp_path / "one.onnx").read_bytes()
    assert one == (tmp_path / "two.onnx").read_bytes()
    assert b"export" not in one
    assert b"site-packages" not in one


@pytest.mark.parametrize("name", ["mien-s", "lobonet"])
def test_storing_a_shipped_network_again_changes_nothing(name: str, tmp_path: Path) -> None:
    (graph,) = onnx_paths(name, read_info(name))
    store_again(graph, tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == graph.read_bytes()


def test_an_unfinished_run_is_refused(
    make_run: MakeRun, striped_zip: Path, tmp_path: Path
) -> None:
    run = make_run(striped_zip)
    run.record_file.unlink()
    with pytest.raises(TrainingError, match="is not finished"):
        export_onnx(run, tmp_path / "net.onnx")
