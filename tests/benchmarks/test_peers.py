import importlib.util
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import common
from mien.data import Samples
from mien.evaluation.predictions import Predictions, write_predictions
from peers.environments import Environment, Recipe
from peers.options import parse
from peers.systems import System

SCRIPT = Path(common.__file__).with_name("peers.py")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The command itself, whose name is that of the package with its parts."""
    spec = importlib.util.spec_from_file_location("peers_script", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def guessed(samples: Samples, right: int) -> np.ndarray:
    """Answer the first faces rightly, and all others with the class that follows."""
    answers = samples.labels.astype(int)
    answers[right:] = (answers[right:] + 1) % 7
    said = np.full((len(samples), 7), 0.05, np.float32)
    said[np.arange(len(samples)), answers] = 0.7
    return said


@pytest.fixture
def systems(
    script: ModuleType, samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Networks and peers that are not installed, and answer at once; gives the results' folder."""
    own = [System("ours", "mien:ours", Recipe("mien", (), ()))]
    rivals = [
        System("rival", "rival", Recipe("rival", (), ()), ("A rival's note.",)),
        System("gone", "gone", Recipe("gone", (), ())),
    ]
    right = {"ours": 30, "rival": 10}

    def prepare(recipe: Recipe, cache: Path) -> Environment:
        if recipe.name == "gone":
            raise script.MissingExtraError("pip cannot install gone: no network.", "Look.")
        return Environment(Path("python"), "stamp", 12.3, {recipe.name: "1.0"})

    def predict(system: System, _: Environment, faces: Samples, *__: Path) -> Predictions:
        return Predictions.of(system.name, guessed(faces, right[system.name]), faces)

    monkeypatch.setattr(script, "ours", lambda: own)
    monkeypatch.setattr("peers.options.peers", lambda: rivals)
    monkeypatch.setattr(script, "prepare", prepare)
    monkeypatch.setattr(script, "predict", predict)
    monkeypatch.setattr(common, "RESULTS", tmp_path / "results")
    return tmp_path / "results"


def test_a_table_from_end_to_end(
    script: ModuleType, systems: Path, striped_zip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script.main([str(striped_zip), "--seconds", "0"])
    found = json.loads((systems / "peers.json").read_text())
    assert list(found["systems"]) == ["ours", "rival"]
    ours, rival = found["systems"].values()
    assert ours["scores"]["accuracy"] == pytest.approx(30 / 35)
    assert rival["scores"]["accuracy"] == pytest.approx(10 / 35)
    assert ours["against_first"] is None
    assert rival["against_first"]["verdict"] == "worse"
    assert rival["against_first"]["mcnemar"]["only_a"] == 20
    assert ours["scores"]["n_unique"] == 35
    assert ours["installed"] == {"megabytes": 12.3, "packages": {"mien": "1.0"}}
    assert found["left_out"] == {"gone": "gone is missing. pip cannot install gone: no network."}
    text = (systems / "peers.md").read_text()
    assert "| rival | 0.286 (0.163 to 0.451) |" in text
    for note in ("- A rival's note.", "- gone is missing. pip", "- Nothing was timed"):
        assert note in text
    assert str(striped_zip.parent) not in text
    assert "gone is missing" in capsys.readouterr().err


def test_a_file_joins_the_table(
    script: ModuleType, systems: Path, striped_zip: Path, tmp_path: Path
) -> None:
    faces = script.read(striped_zip).split("public")
    mixed = faces[np.random.default_rng(0).permutation(len(faces))]
    said = np.full((35, 7), 0.1, np.float32)
    said[np.arange(35), mixed.labels] = 0.4
    write_predictions(tmp_path / "a.parquet", Predictions.of("other", said, mixed))
    words = ["--seconds", "0", "--without", "gone", "--predictions"]
    script.main([str(striped_zip), *words, f"wise={tmp_path / 'a.parquet'}"])
    found = json.loads((systems / "peers.json").read_text())
    wise = found["systems"]["wise"]
    assert wise["scores"]["accuracy"] == 1
    assert (wise["timing"], wise["installed"]) == (None, None)
    # 5 faces right and none wrong that ours has otherwise: p is 0.0625, so nothing is shown.
    assert wise["against_first"]["verdict"] == "no difference shown"
    assert found["left_out"] == {"gone": "gone was left out by --without."}
    assert found["command"].endswith(
        "--predictions wise=a.parquet --without gone --seconds 0 --rounds 5"
    )
    assert "wise was not run here" in (systems / "peers.md").read_text()


def test_wrong_input_is_a_sentence(
    script: ModuleType, systems: Path, striped_zip: Path, samples: Samples, tmp_path: Path
) -> None:
    train = samples.split("train")
    write_predictions(tmp_path / "train.parquet", Predictions.of("other", guessed(train, 9), train))
    faces = script.read(striped_zip).split("public")
    logits = 3 * guessed(faces, 9)
    write_predictions(tmp_path / "logits.parquet", Predictions.of("other", logits, faces))
    for words, sentence in (
        ([str(tmp_path / "none.zip")], "none.zip"),
        ([str(striped_zip), "--without", "deepface"], "no peer 'deepface'. Leave out one of rival"),
        ([str(striped_zip), "--predictions", "a.parquet"], "Expected NAME=FILE.parquet"),
        ([str(striped_zip), "--predictions", "ours=a.parquet"], "two systems called 'ours'"),
        ([str(striped_zip), "--predictions", "a=none.parquet"], "No such file"),
        (
            [str(striped_zip), "--predictions", f"a={tmp_path / 'train.parquet'}"],
            "is not for the faces of the split 'public': The two hold different images",
        ),
        (
            [str(striped_zip), "--predictions", f"a={tmp_path / 'logits.parquet'}"],
            "Expected probabilities that sum to 1",
        ),
    ):
        with pytest.raises(SystemExit) as raised:
            script.main([*words, "--seconds", "0"])
        assert str(raised.value.code).startswith("peers.py: ")
        assert sentence in str(raised.value.code)
    assert not systems.exists()


def test_our_own_networks_must_be_there(
    script: ModuleType, systems: Path, striped_zip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(recipe: Recipe, cache: Path) -> Environment:
        raise script.MissingExtraError(f"pip cannot install {recipe.name}: none.", "Look.")

    monkeypatch.setattr(script, "prepare", prepare)
    with pytest.raises(SystemExit, match="pip cannot install mien: none"):
        script.main([str(striped_zip), "--seconds", "0"])


@pytest.mark.parametrize("words", [["--seconds", "-1"], ["--rounds", "0"], ["--seconds", "inf"]])
def test_what_cannot_be_timed(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        parse(words, "")
    assert raised.value.code == 2
    assert "--seconds must be 0 or more" in capsys.readouterr().err
