"""Two processes on halves of each batch learn what one learns on whole ones."""

import subprocess
import sys
from pathlib import Path

import pytest

from mien.training.run import Row, Run

LAUNCHERS = {
    "by Lightning": ("-m", "mien"),
    "by torchrun": (
        *("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"),
        *("-m", "mien"),
    ),
}


def train(folder: Path, data: Path, name: str, *words: str, by: str = "by Lightning") -> Run:
    shared = ("train", "--data", str(data), "--net", "plain", "--epochs", "2", "--patience", "0")
    done = subprocess.run(
        [sys.executable, *LAUNCHERS[by], *shared, "--name", name, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # One of them talks.
    assert done.stdout.count("best epoch") == 1
    assert done.stderr.count("plain epoch 2/2") == 1
    return Run.open(folder / "runs" / name)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, striped_zip: Path) -> Run:
    folder = tmp_path_factory.mktemp("processes")
    return train(folder, striped_zip, "alone", "--batch-size", "30")


def without_time(run: Run) -> list[Row]:
    return [{key: value for key, value in row.items() if key != "seconds"} for row in run.rows()]


@pytest.mark.slow
@pytest.mark.parametrize("by", LAUNCHERS)
def test_two_processes_learn_what_one_does(alone: Run, striped_zip: Path, by: str) -> None:
    folder = alone.folder.parents[1]
    words = ("--devices", "2", "--batch-size", "15")
    both = train(folder, striped_zip, by.replace(" ", "-"), *words, by=by)
    for found, wanted in zip(without_time(both), without_time(alone), strict=True):
        assert found == pytest.approx(wanted, abs=2e-5)
    assert both.record().best.model_dump() == pytest.approx(
        alone.record().best.model_dump(), abs=2e-5
    )
    assert both.best.is_file()
    assert both.last.stat().st_size == pytest.approx(alone.last.stat().st_size, rel=0.01)
