"""Two real but tiny networks, one knowing and one guessing, and a run of the audit."""

from __future__ import annotations

import functools
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mien.cli import main
from mien.data import Samples

_NETS = runpy.run_path(str(Path(__file__).parents[1] / "tiny_nets.py"))


@pytest.fixture(scope="session")
def knowing(samples: Samples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ONNX file of a network that names the class whose mean face is nearest."""
    train = samples.split("train")
    means = [train.images[train.labels == label].mean(axis=0).ravel() for label in range(7)]
    weights = np.stack(means, axis=1).astype(np.float32)
    bias = -np.square(weights).sum(axis=0) / 2
    scale = np.float32(1e-5)
    path = tmp_path_factory.mktemp("nets") / "knowing.onnx"
    written: Path = _NETS["write_net"](path, weights * scale, bias * scale)
    return written


@pytest.fixture(scope="session")
def guessing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ONNX file of an untrained network."""
    path: Path = _NETS["make_net"](tmp_path_factory.mktemp("nets") / "guessing.onnx")
    return path


@pytest.fixture
def command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Run `mien` with words; return exit code, stdout and stderr."""

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["mien", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture
def audit(
    monkeypatch: pytest.MonkeyPatch, command: Callable[..., tuple[int, str, str]]
) -> Callable[..., tuple[int, str, str]]:
    """Run `mien data audit` with arguments; return exit code, stdout and stderr."""
    monkeypatch.setenv("COLUMNS", "100")
    return functools.partial(command, "data", "audit")
