import sys
from pathlib import Path
from typing import Any

import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import create_trial

from mien import tuning
from mien.cli import main
from mien.cli import tune as module
from mien.errors import SettingsError
from mien.nets import FloatRange
from mien.settings import Settings, load
from mien.tuning import TuneResult


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the search was called with, which finds one trial."""
    calls: list[tuple[Any, ...]] = []
    trial = create_trial(
        value=0.61234,
        params={"dropout": 0.1},
        distributions={"dropout": FloatDistribution(0.0, 0.4)},
        user_attrs={"epoch": 2},
    )
    trial.number = 0

    def tune(*arguments: Any) -> TuneResult:
        calls.append(arguments)
        return TuneResult(Path("t"), {"dropout": FloatRange(0.0, 0.4)}, 3, (trial,))

    monkeypatch.setattr(tuning, "tune", tune)
    return calls


def mien(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["mien", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_flags_reach_the_search_or_every_trial(
    searched: list[tuple[Any, ...]],
    striped_zip: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    flags = "--net plain --trials 3 --out t --seed 7 --epochs 2 --dropout 0.1 --heartbeat 5"
    assert mien(monkeypatch, "tune", "--data", striped_zip, *flags.split()) == 0
    ((settings, samples, _, fixed, command),) = searched
    assert isinstance(settings, Settings)
    assert (settings.tune.trials, settings.tune.out, settings.tune.seed) == (3, Path("t"), 7)
    assert (settings.train.net, settings.train.epochs, settings.train.dropout) == ("plain", 2, 0.1)
    assert (settings.train.seed, settings.train.out) == (0, Path("runs"))
    assert fixed == {"net", "epochs", "dropout"}
    assert (len(samples.split("train")), len(samples.split("validation"))) == (105, 35)
    assert settings.data == striped_zip
    assert command == f"mien tune --data {striped_zip} {flags}"
    output = capsys.readouterr().out
    assert output.splitlines()[-3:] == [
        "1 of 3 trials finished.",
        "Best: trial 0: accuracy 0.6123 at epoch 2; dropout 0.1.",
        "Train with these settings: mien train --config t/best.toml",
    ]


def test_a_file_of_the_user_s_is_refused_before_the_data_is_read(
    searched: list[tuple[Any, ...]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mine = tmp_path / "history.png"
    mine.write_bytes(b"mine")
    assert mien(monkeypatch, "tune", "--data", tmp_path / "none.zip", "--out", tmp_path) != 0
    error = capsys.readouterr().err
    assert "history.png exists, and is not an earlier output of mien" in error
    assert "(Flag: --out.)" in error
    assert (mine.read_bytes(), searched) == (b"mine", [])


def test_the_password_of_the_storage_is_not_repeated(
    searched: list[tuple[Any, ...]], striped_zip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql+psycopg://me:secret@host/x"
    assert mien(monkeypatch, "tune", "--data", striped_zip, f"--storage={url}") == 0
    assert mien(monkeypatch, "tune", "--data", striped_zip, "--storage", url) == 0
    assert [call[4].split()[-1] for call in searched] == ["...", "..."]


def test_ranges_come_from_a_file(
    searched: list[tuple[Any, ...]],
    striped_zip: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        "[train]\nepochs = 3\n[tune]\ntrials = 4\n[tune.space]\n"
        "dropout = {low = 0, high = 0.2}\nbatch_size = [32]\n"
    )
    assert mien(monkeypatch, "tune", "--data", striped_zip, "--config", config) == 0
    ((settings, *_),) = searched
    assert settings.tune.space == {"dropout": {"low": 0, "high": 0.2}, "batch_size": [32]}
    assert (settings.tune.trials, settings.train.epochs) == (4, 3)


def test_python_main_py_tunes(
    searched: list[tuple[Any, ...]], striped_zip: Path
) -> None:
    module.run_tune(load(environment=False, mode="FER-tune", data=striped_zip))
    ((*_, fixed, command),) = searched
    assert (fixed, command) == (set(), "python main.py")


# what stands in the TOML file, what the message must hold
WRONG = [
    ("[tune.space]\ndropout = {low = 0.4, high = 0.1}", "low end to a higher one, got 0.4 to 0.1"),
    ("[tune.space]\ndrop_out = [0.1]", "no setting 'drop_out' to search in [tune.space]. Did you"),
    ("[tune]\ntrails = 3", "Unknown setting 'tune.trails'. Did you mean 'trials'?"),
    ("[tune]\nstorage = 'postgresql://me:secret@127.0.0.1:9/x'", "does not answer"),
]


@pytest.mark.parametrize(("content", "message"), WRONG)
def test_a_mistake_is_one_sentence(
    striped_zip: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: str,
    message: str,
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(content)
    words = ["--data", striped_zip, "--config", config, "--out", tmp_path / "out"]
    assert mien(monkeypatch, "tune", *words) == 2
    error = capsys.readouterr().err
    assert error.startswith("mien: ")
    assert message in error
    assert "Traceback" not in error
    assert "secret" not in error


def test_best_toml_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    best = tmp_path / "best.toml"
    best.write_text("# Accuracy 0.6\n[train]\nnet = 'plain'\nlearning_rat = 0.1\n")
    with pytest.raises(SettingsError, match="'train.learning_rat'. Did you mean 'learning_rate'?"):
        load(best, environment=False)
