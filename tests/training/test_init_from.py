from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from mien.data import Samples
from mien.errors import TrainingError
from mien.settings import Settings, load
from mien.training import Run, resume, train


def settings(out: Path, **changed: Any) -> Settings:
    defaults = {"net": "plain", "epochs": 1, "batch_size": 15, "patience": 0}
    return load(environment=False, train={"out": out, **defaults, **changed})


def weights(run: Run) -> dict[str, torch.Tensor]:
    return load_file(run.best)


def distance(one: Run, other: Run) -> float:
    pairs = zip(weights(one).values(), weights(other).values(), strict=True)
    return max(float((a - b).abs().max()) for a, b in pairs)


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_a_training_begins_with_a_run_s_weights(
    average: float, samples: Samples, tmp_path: Path
) -> None:
    first = train(settings(tmp_path / "first", epochs=3), samples)
    # At a rate this low nothing moves, so what is kept is what it began with.
    still = {"learning_rate": 1e-9, "ema_decay": average, "seed": 5}
    again = train(settings(tmp_path / "again", init_from=first.folder, **still), samples)
    afresh = train(settings(tmp_path / "afresh", **still), samples)
    assert distance(first, again) < 1e-6
    assert distance(first, afresh) > 1e-2
    assert again.record().recipe["init_from"] == "plain"


def test_going_on_needs_no_weights_to_begin_with(samples: Samples, tmp_path: Path) -> None:
    first = train(settings(tmp_path / "first"), samples)
    run = train(settings(tmp_path / "runs", init_from=first.folder), samples)
    run.record_file.unlink()
    first.record_file.unlink()
    assert resume(run.folder, samples).finished


def test_a_network_built_otherwise_is_refused(samples: Samples, tmp_path: Path) -> None:
    first = train(settings(tmp_path / "first"), samples)
    with pytest.raises(TrainingError, match="not built like the one.*It has net = plain, lay"):
        train(settings(tmp_path / "runs", init_from=first.folder, dense=64), samples)
    with pytest.raises(TrainingError, match="nowhere"):
        train(settings(tmp_path / "runs", init_from=tmp_path / "nowhere"), samples)
    assert not (tmp_path / "runs").exists()
