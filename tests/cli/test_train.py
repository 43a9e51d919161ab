"""The command mien train; tests/training has the cases of what it calls."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.training import trainer

Command = Callable[..., tuple[int, str, str]]

TIP = "This CPU is fast in bfloat16: with --precision bfloat16, training takes little more than"

# what is wrong with a command, what its message must hold
MISTAKES = [
    ("--net lobonett", "There is no network 'lobonett' to train. Did you mean 'lobonet'?"),
    ("--init-from nowhere", "Expected a run with a config.toml in nowhere, found none."),
    ("--teacher nowhere", "Expected a run or a folder of runs as the teacher in nowhere"),
    ("--ferplus nowhere.csv", "Cannot read nowhere.csv: No such file or directory."),
    ("--exclude nowhere.csv", "Cannot read nowhere.csv: No such file or directory."),
    ("--name a/b", "Expected the name of one folder for the run, got 'a/b'."),
    ("--name ..", "Expected the name of one folder for the run, got '..'."),
    ("--subset 2", "Setting 'train.subset' is 2.0: it should be less than or equal to 1."),
    ("--image-size 50", "Setting 'train.image_size' is 50: it should be a multiple of 16."),
]


@pytest.fixture(autouse=True)
def _fast_in_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "bfloat16_would_help", lambda settings: True)


@pytest.mark.parametrize(("words", "message"), MISTAKES)
def test_a_mistake_is_a_sentence_before_any_hint(
    command: Command, striped_zip: Path, tmp_path: Path, words: str, message: str
) -> None:
    code, out, err = command("train", "--data", striped_zip, "--out", tmp_path, *words.split())
    assert (code, out) == (2, "")
    assert message in err
    assert list(tmp_path.iterdir()) == []


def test_a_network_is_looked_up_before_the_data_is_read(command: Command) -> None:
    code, _, err = command("train", "--data", "nowhere.zip", "--net", "lobonett")
    assert (code, "lobonett" in err, "nowhere" in err) == (2, True, False)


@pytest.mark.parametrize(
    ("terminal", "long", "hints"), [(True, 210, 1), (True, 211, 0), (False, 1, 0)]
)
def test_a_training_gives_its_result_and_a_long_one_on_a_terminal_a_hint(
    command: Command, striped_zip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    terminal: bool, long: int, hints: int,
) -> None:  # fmt: skip
    """The data has 105 Training faces, which two epochs see twice."""
    monkeypatch.setattr("mien.cli.train._LONG", long)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    words = ["--out", tmp_path, "--net", "plain", "--epochs", 2, "--threads", 1]
    code, out, err = command("train", "--data", striped_zip, *words)
    assert code == 0
    assert out.count(TIP) == hints
    assert out.count(f"{tmp_path / 'plain'}: best epoch ") == 1
    assert [line[:15] for line in err.splitlines()] == ["plain epoch 1/2", "plain epoch 2/2"]
    assert "PublicTest; loss" in err


def test_what_a_resumed_run_cannot_change_is_named(command: Command, tmp_path: Path) -> None:
    code, _, err = command("train", "--resume", tmp_path, "--epochs", 4, "--net", "plain")
    assert code == 2
    assert "A resumed run keeps its own settings, but got net, epochs." in err


def test_what_was_left_out_and_photos_that_are_squeezed_are_said(
    command: Command, tmp_path: Path
) -> None:
    random = np.random.default_rng(0)
    for name in ("awake", "tired"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for row in range(8):
            pixels = random.integers(0, 256, (300, 400, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "data" / name / f"{row}.png")
    listed = tmp_path / "listed.csv"
    listed.write_text("name,reason\nawake/0.png,odd_one\ntired/1.png,odd_one\n")
    words = ["--data", tmp_path / "data", "--out", tmp_path / "runs", "--exclude", listed]
    code, _, err = command(
        "train", *words, "--net", "plain", "--epochs", 1, "--threads", 1, "--validation", 0.3
    )
    assert code == 0, err
    assert "2 faces of Training were left out, as listed.csv lists them (odd one 2)." in err
    assert "such as one of 400 x 300 pixels, but each is squeezed to 48 x 48" in err
