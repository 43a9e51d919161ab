import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mien.errors import OutputError, TrainingError
from mien.settings import load
from mien.training.run import Run, to_toml


def test_unnamed_runs_are_numbered_and_named_ones_kept(tmp_path: Path) -> None:
    settings = load(environment=False, train={"out": tmp_path})
    assert [Run.create(settings).folder.name for _ in range(3)] == [
        "lobonet",
        "lobonet-2",
        "lobonet-3",
    ]
    named = load(environment=False, train={"out": tmp_path, "name": "lobonet-2"})
    with pytest.raises(TrainingError, match="run .*lobonet-2 exists already"):
        Run.create(named)


def test_a_run_that_cannot_be_written_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Cannot make the folder .*file") as caught:
        Run.create(load(environment=False, train={"out": tmp_path / "file"}))
    assert caught.value.setting == "out"
    there, made = tmp_path / "runs", Path.mkdir
    there.mkdir()

    def read_only(path: Path, *values: object, **named: object) -> None:
        if path != there:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        made(path, *values, **named)

    # The superuser, who may run the tests, writes everywhere.
    monkeypatch.setattr(Path, "mkdir", read_only)
    with pytest.raises(OutputError, match="Cannot make the run .*plain: Permission") as caught:
        Run.create(load(environment=False, train={"out": there, "net": "plain"}))
    assert caught.value.setting == "out"
    monkeypatch.undo()
    monkeypatch.setattr(os, "access", lambda *values: False)
    with pytest.raises(OutputError, match="Cannot write to the folder .*runs: it is read-only"):
        Run.create(load(environment=False, train={"out": there, "net": "plain"}))


def test_a_folder_of_a_run_has_its_settings_from_the_first_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    put = Path.replace

    def watched(path: Path, place: Path) -> Path:
        seen.append((place.exists(), (path / "config.toml").is_file()))
        return put(path, place)

    monkeypatch.setattr(Path, "replace", watched)
    run = Run.create(load(environment=False, train={"out": tmp_path, "name": "r"}))
    assert seen == [(False, True)]
    assert run.config.is_file() and run.last.parent.is_dir()
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_a_run_knows_its_weights(tmp_path: Path) -> None:
    run = Run.create(load(environment=False, train={"out": tmp_path}))
    assert run.weights_sha256() is None
    run.best.write_bytes(b"weights")
    assert run.weights_sha256() == hashlib.sha256(b"weights").hexdigest()


def test_settings_come_back_from_the_run(tmp_path: Path) -> None:
    wanted = {"net": "plain", "dropout": 0.25, "compile": False, "learning_rate": 3e-4}
    settings = load(
        environment=False, data=tmp_path / "a \"b\".zip", train={"out": tmp_path, **wanted}
    )
    again = Run.create(settings).settings()
    assert again.train == settings.train
    assert again.data == settings.data


def test_the_config_as_run_is_a_config(tmp_path: Path) -> None:
    config = tmp_path / "again.toml"
    config.write_text(to_toml(load(environment=False, train={"epochs": 7})))
    assert load(config, environment=False).train.epochs == 7


def test_the_list_of_faces_left_out_is_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load(environment=False, train={"out": tmp_path, "exclude": "audit.csv"})
    assert Run.create(settings).settings().train.exclude == tmp_path / "audit.csv"


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="Expected a run with a config.toml"):
        Run.open(tmp_path)
    run = Run.create(load(environment=False, train={"out": tmp_path, "name": "lobonet"}))
    with pytest.raises(TrainingError, match="found none. Did you mean ") as caught:
        Run.open(tmp_path)
    assert caught.value.fix == f"Did you mean {run.folder}?"


def test_an_unfinished_run_has_no_record(tmp_path: Path) -> None:
    run = Run.create(load(environment=False, train={"out": tmp_path}))
    with pytest.raises(TrainingError, match="is not finished"):
        run.record()


def test_a_damaged_config_is_named(tmp_path: Path) -> None:
    run = Run.create(load(environment=False, train={"out": tmp_path}))
    run.config.write_text("[train]\nepoch = 3\n")
    with pytest.raises(TrainingError, match="train.epoch"):
        run.settings()


def test_reading_run_folders_needs_no_torch() -> None:
    code = (
        "import sys, mien.training, mien.training.samples; mien.training.Run;"
        " print([name for name in ('torch', 'lightning', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
