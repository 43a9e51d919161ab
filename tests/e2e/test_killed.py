"""Trainings that the system kills for real, at any moment of an epoch."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mien.training import Run

pytestmark = pytest.mark.slow

SETTINGS = ["--net", "plain-bn-dropout", "--epochs", "4", "--batch-size", "7", "--patience", "0"]

# The training kills itself at a moment that no clock decides, in the third epoch: before the
# NAME of PLACE is called, from within the process, so that nothing can clean up.
KILLING = """
import os, signal, sys
from mien.cli import main
from mien.training import {module}

class Killing({module}.{place}):
    def {name}(self, trainer, *rest, **more):
        if trainer.current_epoch == 2 {also}:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().{name}(trainer, *rest, **more)

Killing.__qualname__ = Killing.__name__ = "{place}"
{module}.{place} = Killing
session = __import__("mien.training.session", fromlist=["session"])
session.{place} = Killing
sys.argv[0] = "mien"
main()
"""

# what is replaced, when it kills: in a step, before the row, between row and checkpoint
MOMENTS = {
    "in a step": ("Progress", "on_train_batch_end", "and trainer.global_step % 15 == 7"),
    "before the row": ("MetricsLog", "on_train_epoch_end", ""),
    "before the checkpoint": ("Checkpoints", "on_train_epoch_end", ""),
}


def rows(folder: Path) -> list[dict[str, float]]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in Run(folder).rows()]


@pytest.fixture(scope="module")
def whole(striped_zip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training that nothing interrupts."""
    out = tmp_path_factory.mktemp("whole")
    run(striped_zip, out, "-m", "mien")
    return out / "plain-bn-dropout"


def run(data: Path, out: Path, *python: str) -> int:
    words = ["train", "--data", str(data), "--out", str(out), *SETTINGS]
    return subprocess.run([sys.executable, *python, *words], check=False).returncode


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
@pytest.mark.parametrize("moment", MOMENTS)
def test_resume_after_a_real_kill(
    striped_zip: Path, tmp_path: Path, whole: Path, moment: str
) -> None:
    place, name, also = MOMENTS[moment]
    code = KILLING.format(module="callbacks", place=place, name=name, also=also)
    assert run(striped_zip, tmp_path, "-c", code) == -signal.SIGKILL
    killed = Run(tmp_path / "plain-bn-dropout")
    assert len(killed.rows()) == (3 if moment == "before the checkpoint" else 2)
    assert not killed.finished
    resume = [sys.executable, "-m", "mien", "train", "--resume", str(killed.folder)]
    subprocess.run(resume, check=True)
    assert rows(killed.folder) == rows(whole)
    assert killed.best.read_bytes() == Run(whole).best.read_bytes()
    assert killed.record().best == Run(whole).record().best
