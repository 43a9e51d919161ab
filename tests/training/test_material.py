from pathlib import Path
from typing import Any

import pytest

from mien.data import Samples
from mien.errors import TrainingError
from mien.settings import Settings, load
from mien.training import train
from mien.training.material import Material
from mien.training.samples import prepare


def settings(out: Path, **changed: Any) -> Settings:
    own = {"net": "plain-bn", "epochs": 1, "batch_size": 15, "patience": 0, "dense": 8, "width": 8}
    return load(environment=False, train={"out": out, **own, **changed})


def coloured(out: Path, **changed: Any) -> Settings:
    return settings(out, image_size=32, colour="RGB", **changed)


def test_votes_of_fer_plus_are_for_fer2013_alone(awake: Samples, tmp_path: Path) -> None:
    wanted = coloured(tmp_path / "runs", ferplus=tmp_path / "none.csv")
    with pytest.raises(TrainingError, match="FER-2013, but .* awake, tired.* yawning") as caught:
        train(wanted, awake)
    assert caught.value.setting == "ferplus"
    assert not (tmp_path / "runs").exists()


def test_other_classes_neither_initialise_nor_teach(
    awake: Samples, clouded: Samples, tmp_path: Path
) -> None:
    run = train(coloured(tmp_path / "awake"), awake, lambda _: None)
    for setting in ("init_from", "teacher"):
        with pytest.raises(TrainingError, match="classes awake, .* data has angry") as caught:
            train(settings(tmp_path / "runs", **{setting: run.folder}), clouded)
        assert caught.value.setting == setting


def test_a_teacher_of_another_input_is_refused(awake: Samples, tmp_path: Path) -> None:
    run = train(coloured(tmp_path / "awake"), awake, lambda _: None)
    gray = awake.images[..., 0].repeat(2, axis=1).repeat(2, axis=2)
    faces = Samples(gray, awake.labels, awake.splits, awake.names, "b" * 64, (), awake.vocabulary)
    wanted = settings(tmp_path / "runs", image_size=64, teacher=run.folder)
    with pytest.raises(TrainingError, match="takes 32 x 32 RGB faces, but .* 64 x 64 gray ones"):
        train(wanted, faces)
    with pytest.raises(TrainingError, match="not built like .* takes 32 x 32 RGB faces"):
        train(settings(tmp_path / "runs", image_size=64, init_from=run.folder), faces)


def test_shares_are_of_the_faces_that_are_learnt_from(awake: Samples, tmp_path: Path) -> None:
    wanted = coloured(tmp_path, subset=0.5).train
    material = Material.of(wanted, prepare(wanted, awake[:60]))
    assert material.shares().tolist() == pytest.approx([0.5, 0.5, 0.0])
    assert len(material.training) in (25, 26)
    assert not material.is_fer2013
