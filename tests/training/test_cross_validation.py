import dataclasses
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mien.data import Samples
from mien.data.folds import cut, pictures
from mien.errors import DataError, InterruptionError, NetError, TrainingError
from mien.settings import Settings, TrainSettings, load
from mien.training import Run
from mien.training import fit as fit_module
from mien.training import session, trainer
from mien.training.cross_validation import LIGHT, judge, light, out_of_fold


class Killed(BaseException):
    """Stands for a kill: nothing in mien or Lightning may catch it."""


def settings(out: Path, **changed: Any) -> Settings:
    defaults = {"net": "plain", "epochs": 1, "batch_size": 15, "patience": 0}
    return load(environment=False, train={"out": out, **defaults, **changed})


def no_training(*_: Any) -> None:
    raise AssertionError("trained again")


def test_each_face_is_judged_by_who_never_saw_it(clouded: Samples, tmp_path: Path) -> None:
    learned: list[Samples] = []
    real_train = fit_module.train

    def spying(settings: Settings, clouded: Samples, say: Any, watch: Any) -> Run:
        learned.append(clouded)
        return real_train(settings, clouded, say)

    # A copy, and one with another contrast, in another split: both go with row 0.
    images = clouded.images.copy()
    images[7], images[133] = images[0], images[0] // 2 + 40
    clouded = dataclasses.replace(clouded, images=images)
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fit_module, "train", spying)
        probabilities = out_of_fold(settings(tmp_path, epochs=3), clouded, 2, said.append)
    assert probabilities.shape == (140, 7)
    assert probabilities.dtype == np.float32
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(140), abs=1e-5)
    assert (probabilities.argmax(axis=1) == clouded.labels).mean() > 0.5
    held_out = cut(clouded.labels, pictures(clouded), 2, 0)
    assert len(set(held_out[[0, 7, 133]].tolist())) == 1
    for number, others in enumerate(learned):
        # All other faces, of both splits, and none of the fold: not to choose the epoch either.
        assert sorted(others.names.tolist()) == sorted(clouded.names[held_out != number].tolist())
        assert set(others.splits.tolist()) == {"train", "validation"}
        # One in ten of each class; the three copies are one picture, so angry may be too rare.
        angry, *rest = others.split("validation").counts().values()
        assert angry <= 1
        assert rest == [1] * 6
    assert said[0].startswith("Fold 1 of 2: plain learns from 6")
    assert re.fullmatch(".* faces to judge .*; [67] more validate\\.", said[0])
    assert {path.name for path in tmp_path.iterdir()} == {"fold-1", "fold-2"}


def test_finished_folds_are_not_trained_again(
    clouded: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = out_of_fold(settings(tmp_path), clouded, 2, lambda _: None)
    monkeypatch.setattr(trainer.lightning.Trainer, "fit", no_training)
    said: list[str] = []
    assert (out_of_fold(settings(tmp_path), clouded, 2, said.append) == whole).all()
    assert said[1] == f"The run {tmp_path / 'fold-1'} is finished already."


def test_a_killed_fold_goes_on(
    clouded: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = out_of_fold(settings(tmp_path / "whole", epochs=2), clouded, 2, lambda _: None)
    step, killed = session.Learner.training_step, settings(tmp_path / "killed", epochs=2)

    def dying(self: Any, batch: Any, batch_idx: int) -> Any:
        # In the second fold's second epoch.
        if self.current_epoch == 1 and (tmp_path / "killed" / "fold-2").exists():
            raise Killed
        return step(self, batch, batch_idx)

    with monkeypatch.context() as patched:
        patched.setattr(session.Learner, "training_step", dying)
        with pytest.raises(Killed):
            out_of_fold(killed, clouded, 2, lambda _: None)
    said: list[str] = []
    assert (out_of_fold(killed, clouded, 2, said.append) == whole).all()
    assert f"Resuming {tmp_path / 'killed' / 'fold-2'} after epoch 1." in said


def test_folds_that_were_set_up_otherwise_are_refused(clouded: Samples, tmp_path: Path) -> None:
    out_of_fold(settings(tmp_path), clouded, 2, lambda _: None)
    with pytest.raises(TrainingError, match="fold-1 was trained with other settings: epochs, zoom"):
        out_of_fold(settings(tmp_path, epochs=2, zoom=0.2), clouded, 2)
    with pytest.raises(TrainingError, match="fold-1 was trained on other faces or other folds"):
        out_of_fold(settings(tmp_path), clouded, 3)
    other = dataclasses.replace(clouded, sha256="1" * 64)
    with pytest.raises(TrainingError, match="other faces or other folds. Choose another folder"):
        out_of_fold(settings(tmp_path), other, 2)
    (tmp_path / "fold-1" / "config.toml").unlink()
    with pytest.raises(TrainingError, match="config.toml in .*fold-1, found none"):
        out_of_fold(settings(tmp_path), clouded, 2)


def test_ctrl_c_advises_the_same_command(
    clouded: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(session.Learner, "training_step", interrupted)
    with pytest.raises(InterruptionError, match="interrupted. Run the same command again"):
        out_of_fold(settings(tmp_path), clouded, 2)


def test_mistakes_leave_nothing_behind(clouded: Samples, tmp_path: Path) -> None:
    with pytest.raises(NetError, match="'lobo'"):
        out_of_fold(settings(tmp_path, net="lobo"), clouded, 2)
    with pytest.raises(DataError, match="at least 20 different faces .* found 5 of angry"):
        out_of_fold(settings(tmp_path), clouded[105:], 20)
    with pytest.raises(DataError, match="Expected 10 different faces of a class beside each fold"):
        out_of_fold(settings(tmp_path), clouded[105:], 2)
    assert list(tmp_path.iterdir()) == []


def test_judging_gives_the_net_s_own_answers(clouded: Samples) -> None:
    torch = pytest.importorskip("torch")
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48 * 48, 7))
    images = np.concatenate([clouded.images] * 2)
    with torch.inference_mode():
        wanted = net(torch.tensor(images)[:, None] / 255).softmax(dim=1).numpy()
    assert judge(net, images) == pytest.approx(wanted, abs=1e-5)
    assert judge(net, images[:0]).shape == (0, 7)


def test_light_settings_give_way_to_what_is_set() -> None:
    assert TrainSettings(**LIGHT) == light(TrainSettings())
    mine = light(TrainSettings(net="plain", patience=3, zoom=0.0))
    assert (mine.net, mine.patience, mine.zoom) == ("plain", 3, 0.0)
    assert (mine.epochs, mine.schedule) == (LIGHT["epochs"], LIGHT["schedule"])
