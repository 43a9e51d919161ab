"""mien neutral, and mien detect with a neutral face."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from mien.cli import main
from mien.models import read_info
from mien.perception.classifier import Classifier
from mien.perception.neutral import Neutral

RESTING = np.array([0.1, 0.02, 0.1, 0.02, 0.3, 0.01, 0.45], np.float32)


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder with one photo of one face, and one of two."""
    monkeypatch.chdir(tmp_path)
    astronaut = skimage.data.astronaut()
    Image.fromarray(astronaut).save("me.jpg", quality=95)
    Image.fromarray(np.hstack([astronaut, astronaut[:, ::-1]])).save("two.jpg", quality=95)
    Neutral.of(read_info("mien-s"), RESTING[None]).save("me.json")


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["mien", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.fixture
def resting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the network read a resting face in every crop."""
    monkeypatch.setattr(
        Classifier, "probabilities", lambda self, crops, batch=64: np.stack([RESTING] * len(crops))
    )


@pytest.mark.usefixtures("resting")
def test_a_neutral_face_is_learnt_and_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.open("me.jpg").transpose(Image.Transpose.FLIP_LEFT_RIGHT).save("mirrored.png")
    assert run(monkeypatch, "neutral", "me.jpg", "mirrored.png", "--out", "new/both.json") == 0
    out, err = capsys.readouterr()
    assert out == (
        "2 photos, which mien-s reads as neutral 45%, sad 30%, fear 10%; spread 0.00\n"
        "  -> new/both.json\n"
    )
    assert err == ""
    assert run(monkeypatch, "detect", "me.jpg", "--no-annotate", "--neutral", "new/both.json") == 0
    assert ": 1 face, face 1 read against the neutral face" in capsys.readouterr().out
    # The same from one photo of it.
    assert run(monkeypatch, "detect", "me.jpg", "--no-annotate", "--neutral", "me.jpg") == 0


def test_a_smile_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "neutral", "me.jpg", "--out", "smile.json") == 2
    assert "The face in me.jpg is not neutral: it is read as happy" in capsys.readouterr().err
    assert not Path("smile.json").exists()
    assert run(monkeypatch, "neutral", "two.jpg", "--out", "smile.json") == 2
    assert "Expected one face in two.jpg" in capsys.readouterr().err


def test_results_say_that_a_neutral_face_was_used(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("detect", "two.jpg", "--no-annotate", "--json", "a.json", "--csv", "a.csv")
    assert run(monkeypatch, *words, "--neutral", "me.json", "--neutral-face", "2") == 0
    faces = json.loads(Path("a.json").read_text())[0]["faces"]
    assert [face["neutral"] for face in faces] == [False, True]
    settings = json.loads(Path("metadata.json").read_text())["settings"]
    own = read_info("mien-s").neutral
    assert own is not None
    assert settings["neutral"] == "me.json"
    assert (settings["neutral_face"], settings["sensitivity"]) == (2, own.sensitivity)
    assert run(monkeypatch, *words) == 0
    assert "neutral" not in json.loads(Path("metadata.json").read_text())["settings"]
    assert "neutral" not in json.loads(Path("a.json").read_text())[0]["faces"][0]


def test_sensitivity_changes_the_probabilities(monkeypatch: pytest.MonkeyPatch) -> None:
    happy = []
    for sensitivity in ("0", "0.5", "1"):
        words = ("detect", "me.jpg", "--no-annotate", "--json", "a.json", "--neutral", "me.json")
        assert run(monkeypatch, *words, "--sensitivity", sensitivity) == 0
        [face] = json.loads(Path("a.json").read_text())[0]["faces"]
        happy.append(1 - face["probabilities"]["neutral"])
    assert happy == sorted(happy)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "two.jpg has 2 faces, so none was read against the neutral face"),
        (("--neutral-face", "3"), "two.jpg has no face 3, so none"),
    ],
)
def test_whose_face_it_is_is_not_guessed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    message: str,
) -> None:
    command = ("detect", "two.jpg", "--no-annotate", "--neutral", "me.json")
    assert run(monkeypatch, *command, *words) == 0
    err = capsys.readouterr().err
    assert err.count(message) == 1
    assert "(Flag: --neutral-face.)" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--sensitivity", "0.5"), "none is given. Give a neutral face, or leave this out. (Flag:"),
        (("--neutral-face", "2"), "(Flag: --neutral-face.)"),
        (("--neutral", "me.json", "--explain"), "(Flag: --explain.)"),
        (("--neutral", "me.json", "--net", "mien-b"), "learnt with mien-s, not with this mien-b"),
        (("--neutral", "no.json"), "Cannot read the neutral face no.json"),
        (("--neutral", "no.jpg"), "no such file"),
        (("--neutral", "me.json", "--json", "me.json"), "me.json would be replaced"),
    ],
)
def test_what_does_not_fit_is_refused(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    message: str,
) -> None:
    assert run(monkeypatch, "detect", "me.jpg", *words) == 2
    assert message in capsys.readouterr().err
    assert sorted(path.name for path in Path().iterdir()) == ["me.jpg", "me.json", "two.jpg"]


@pytest.mark.usefixtures("resting")
def test_the_users_files_are_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("mine.json").write_text("{}")
    refused = ("me.jpg", "read as an input"), ("mine.json", "mine.json exists, and is not")
    for out, message in refused:
        before = Path(out).read_bytes()
        assert run(monkeypatch, "neutral", "me.jpg", "--out", out) == 2
        assert message in capsys.readouterr().err
        assert Path(out).read_bytes() == before
    assert run(monkeypatch, "neutral", "nothing.jpg", "--out", "new.json") == 2
    assert not Path("new.json").exists()
