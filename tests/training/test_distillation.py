from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from mien.data import Samples
from mien.errors import TrainingError
from mien.settings import Settings, load
from mien.training import Run, resume, train
from mien.training.distillation import Teacher
from mien.training.run import load_net


def settings(out: Path, **changed: Any) -> Settings:
    defaults = {"net": "plain", "epochs": 2, "batch_size": 15, "patience": 0}
    return load(environment=False, train={"out": out, **defaults, **changed})


class Says(nn.Module):
    """Gives the same logits for every face."""

    def __init__(self, *logits: float) -> None:
        super().__init__()
        self.logits = torch.tensor(logits)

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        return self.logits.expand(len(faces), -1)


def test_probabilities_are_softened_then_averaged() -> None:
    teacher = Teacher([Says(0.0, 2.0), Says(4.0, 0.0)], 2.0)
    said = teacher(torch.zeros(3, 1, 48, 48))
    # The sigmoids of 1 and -2 are 0.7311 and 0.1192.
    assert said[:, 1].tolist() == pytest.approx([(0.7311 + 0.1192) / 2] * 3, abs=1e-4)
    assert said.sum(dim=1).tolist() == pytest.approx([1.0] * 3)


def test_a_folder_of_runs_teaches_together(samples: Samples, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    train(settings(runs, name="a"), samples)
    train(settings(runs, name="b", seed=1), samples)
    faces = torch.tensor(samples.images[:5])[:, None] / 255
    assert [run.folder.name for run in Teacher.runs(runs)] == ["a", "b"]
    assert Teacher.runs(runs / "b") == [Run(runs / "b")]
    each = [Teacher([load_net(Run(runs / name))], 3.0)(faces) for name in "ab"]
    both = Teacher([load_net(run) for run in Teacher.runs(runs)], 3.0)(faces)
    assert torch.allclose(both, (each[0] + each[1]) / 2, atol=1e-6)
    assert not torch.allclose(each[0], each[1], atol=1e-3)


def test_a_training_follows_its_teacher(samples: Samples, tmp_path: Path) -> None:
    first = train(settings(tmp_path / "runs", epochs=4, seed=1), samples)
    # The labels count for nothing, so what is learnt is the teacher's.
    wanted = settings(tmp_path, name="pupil", epochs=4, teacher=first.folder, distill_weight=1.0)
    pupil = train(wanted, samples)
    assert pupil.rows()[-1]["val_accuracy"] > 0.5
    recipe = pupil.record().recipe
    assert recipe["teacher"] == "plain"
    assert pupil.settings().train.teacher == first.folder
    assert resume(pupil.folder, samples).folder == pupil.folder


def test_a_folder_without_a_run_is_refused(samples: Samples, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="as the teacher in .*found none"):
        train(settings(tmp_path / "runs", teacher=tmp_path), samples)
    assert not (tmp_path / "runs").exists()
    run = Run.create(settings(tmp_path / "begun"))
    with pytest.raises(TrainingError, match="is not finished"):
        train(settings(tmp_path / "runs", teacher=run.folder), samples)
