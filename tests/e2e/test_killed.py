"""A training that the system kills for real."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mien.training import Run

pytestmark = pytest.mark.slow

SETTINGS = ["--net", "plain-bn-dropout", "--epochs", "8", "--batch-size", "7", "--patience", "0"]


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "mien", "train", *words]


def rows(folder: Path) -> list[dict[str, float]]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in Run(folder).rows()]


def test_resume_after_a_real_kill(striped_zip: Path, tmp_path: Path) -> None:
    words = ["--data", str(striped_zip), *SETTINGS]
    subprocess.run(command(*words, "--name", "whole"), cwd=tmp_path, check=True)
    killed = tmp_path / "runs" / "killed"
    process = subprocess.Popen(command(*words, "--name", "killed"), cwd=tmp_path)
    deadline = time.monotonic() + 300
    while len(Run(killed).rows()) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 3 <= len(Run(killed).rows()) < 8
    assert not Run(killed).card.exists()
    subprocess.run(command("--resume", str(killed)), cwd=tmp_path, check=True)
    assert rows(killed) == rows(tmp_path / "runs" / "whole")
    assert Run(killed).best.read_bytes() == Run(tmp_path / "runs" / "whole").best.read_bytes()
