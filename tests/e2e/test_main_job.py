"""The main job, by its commands: labelled faces go in, an emoji on a photo comes out."""

import contextlib
import dataclasses
import io
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
import skimage.data
from PIL import Image

from mien.cli import main
from mien.models import ModelInfo
from mien.training import Run

ROOT = Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True)
class Done:
    """What a command printed."""

    stdout: str
    stderr: str


def run(folder: Path, *words: str, code: int = 0, program: Callable[[], None] = main) -> Done:
    """Run a command in this process, whose imports are paid for only once."""
    # Results are written as bytes, so that they are UTF-8 whatever the terminal's encoding.
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    err = io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["mien", *words]),
        mock.patch.dict(os.environ, {"COLUMNS": "200"}),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        program()
    assert (ended.value.code or 0) == code, err.getvalue()
    out.seek(0)
    return Done(out.read(), err.getvalue())


def run_process(folder: Path, *words: str, code: int = 0) -> Done:
    """Run Python in a process of its own, as users do."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "200"},
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return Done(done.stdout, done.stderr)


def run_main_py(config: Path, code: int = 0) -> Done:
    """Run main.py in this process."""

    def program() -> None:
        runpy.run_path(str(ROOT / "main.py"), run_name="__main__")

    return run(config.parent, str(config), code=code, program=program)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, striped_zip: Path) -> Path:
    """Train and export a small network in a folder with a photo."""
    folder = tmp_path_factory.mktemp("main job")
    Image.fromarray(skimage.data.astronaut()).save(folder / "a photo.png")
    words = ["--data", str(striped_zip), "--net", "plain", "--epochs", "4", "--batch-size", "15"]
    done = run_process(folder, "-m", "mien", "train", *words)
    assert "runs/plain: best epoch" in done.stdout
    done = run_process(folder, "-m", "mien", "export", "runs/plain", "--name", "my-net")
    assert "my-net.onnx: accuracy" in done.stdout
    return folder


def test_the_card_tells_where_the_network_comes_from(trained: Path, striped_zip: Path) -> None:
    card = ModelInfo.from_file(trained / "my-net.json")
    assert card.architecture == "plain"
    assert card.recipe["epochs"] == 4
    assert card.data["train"] == dict.fromkeys(card.data["train"], 15)
    assert card.scores["public"]["n"] == 35
    assert card.scores["public"]["accuracy"] > 0.8
    assert str(trained) not in card.to_json()
    assert str(striped_zip.parent) not in card.to_json()


def test_the_graph_does_not_tell_where_it_was_made(trained: Path) -> None:
    graph = (trained / "my-net.onnx").read_bytes()
    assert b"export.py" not in graph
    assert b"site-packages" not in graph
    run(trained, "export", "runs/plain", "--name", "my-net", "--out", "again")
    assert (trained / "again" / "my-net.onnx").read_bytes() == graph


def test_two_runs_become_an_ensemble(trained: Path, striped_zip: Path) -> None:
    words = ["--data", str(striped_zip), "--net", "plain-bn", "--epochs", "1", "--batch-size", "15"]
    run(trained, "train", *words)
    names = ["runs/plain", "runs/plain-bn"]
    run(trained, "export", *names, "--name", "both")
    card = ModelInfo.from_file(trained / "both.json")
    assert list(card.members) == ["both-1", "both-2"]
    assert [member["net"] for member in card.recipe["members"].values()] == ["plain", "plain-bn"]
    run(trained, "detect", "a photo.png", "--net", "both.json", "--explain")
    done = run(trained, "card", "both.json")
    assert "### Member both-2" in done.stdout
    twice = run(trained, "export", *names[:1] * 2, "--name", "twice", code=2)
    assert "A source is named twice." in twice.stderr


def test_two_networks_become_a_card_that_names_them(trained: Path, striped_zip: Path) -> None:
    choice = ["--selection-note", "the best of 2 seeds"]
    run(trained, "export", "runs/plain", "--name", "one", *choice)
    words = ["--int8", "--data", str(striped_zip)]
    run(trained, "export", "one.onnx", "--name", "two", *words)
    words = ["--name", "duo", "--data", str(striped_zip)]
    done = run(trained, "export", "one.onnx", "two.onnx", *words)
    assert "Use it: --net duo.json." in done.stdout
    assert not (trained / "duo.onnx").exists()
    cards = [ModelInfo.from_file(trained / f"{name}.json") for name in ("one", "two", "duo")]
    for card in cards[:2]:
        assert "; the best of 2 seeds; the temperature" in card.selection
    assert cards[2].selection.startswith("PublicTest: the members, and of each the epoch; the temp")
    assert cards[2].members == {"one": cards[0].sha256, "two": cards[1].sha256}
    assert cards[2].size == cards[0].size + cards[1].size
    run(trained, "detect", "a photo.png", "--net", "duo.json", "--explain")
    words[1] = "trio"
    again = run(trained, "export", "one.onnx", "duo.json", *words, code=2)
    assert "duo.json is an ensemble itself. Name its members: one, two." in again.stderr
    away = run(trained, "export", "one.onnx", "two.onnx", *words, "--out", "away", code=2)
    assert "Expected the member one in away/one.onnx" in away.stderr


def test_weights_stored_in_8_bits(trained: Path, striped_zip: Path) -> None:
    run(trained, "export", "runs/plain", "--name", "slim", "--weight-bits", "8")
    whole, slim = (ModelInfo.from_file(trained / f"{name}.json") for name in ("my-net", "slim"))
    assert slim.recipe["weight_bits"] == 8
    assert "weight_bits" not in whole.recipe
    assert slim.size < 0.55 * whole.size
    assert slim.scores["public"]["accuracy"] == pytest.approx(
        whole.scores["public"]["accuracy"], abs=0.03
    )
    words = ["--data", str(striped_zip), "--out", "of-slim"]
    again = ["slim.onnx", "--name", "wide", "--weight-bits", "16"]
    done = run(trained, "export", *again, *words, code=2)
    assert "slim.onnx are in 8 bits already" in done.stderr
    run(trained, "export", "slim.onnx", "--name", "small", "--int8", *words)
    recipe = ModelInfo.from_file(trained / "of-slim" / "small.json").recipe
    assert recipe["int8"]["calibration"].startswith("64 Training faces")
    assert "weight_bits" not in recipe


def test_a_run_and_its_network_give_the_same_in_8_bits(trained: Path, striped_zip: Path) -> None:
    words = ["--int8", "--name", "small"]
    done = run(trained, "export", "runs/plain", *words, "--out", "of-run")
    assert "small.onnx: accuracy" in done.stdout
    words += ["--data", str(striped_zip)]
    run(trained, "export", "my-net.onnx", *words, "--out", "of-net")
    assert (trained / "of-net" / "small.onnx").read_bytes() == (
        trained / "of-run" / "small.onnx"
    ).read_bytes()
    whole, small = ModelInfo.from_file(trained / "my-net.json"), ModelInfo.from_file(
        trained / "of-net" / "small.json"
    )
    assert small == ModelInfo.from_file(trained / "of-run" / "small.json")
    assert small.recipe.pop("int8")["weights"] == "int8 by channel, of 7 bits"
    assert (small.recipe, small.selection) == (whole.recipe, whole.selection)
    done = run(trained, "card", "of-net/small.onnx")
    assert "int8 by channel" in done.stdout
    again = run(trained, "export", "of-net/small.onnx", *words, code=2)
    assert "is in 8 bits already" in again.stderr


def test_evaluate_repeats_the_card(trained: Path, striped_zip: Path) -> None:
    words = ["--net", "my-net.onnx", "--split", "public", "--against", str(striped_zip)]
    run(trained, "evaluate", str(striped_zip), *words, "--json", "out/scores.json")
    scores = json.loads((trained / "out" / "scores.json").read_text())
    public = ModelInfo.from_file(trained / "my-net.json").scores["public"]
    assert {"n", "accuracy", "macro_f1", "recall", "confusion", "ece", "nll", "net"} <= set(scores)
    assert {"n_unique", "accuracy_unique"} <= set(scores)
    for name in ("n", "accuracy", "macro_f1", "confusion", "ece", "n_unique"):
        assert scores[name] == public[name]


def test_listed_faces_are_left_out(trained: Path, striped_zip: Path) -> None:
    names = ["name", "train/angry/Training_0.png", "test/angry/PublicTest_105.png"]
    (trained / "audit.csv").write_text("\n".join(names) + "\n")
    words = [str(striped_zip), "--net", "my-net.onnx", "--exclude", "audit.csv", "--json", "a.json"]
    run(trained, "evaluate", *words)
    assert json.loads((trained / "a.json").read_text())["n"] == 34
    words = ["--data", str(striped_zip), "--net", "plain", "--epochs", "1", "--name", "less"]
    run(trained, "train", *words, "--exclude", "audit.csv")
    record = Run(trained / "runs" / "less").record()
    assert (record.data.train["angry"], record.data.validation["angry"]) == (14, 5)
    assert record.recipe["exclude"] == "audit.csv"


def test_detect_reads_a_photo_with_the_network(trained: Path) -> None:
    words = ["a photo.png", "--net", "my-net.onnx", "--json", "-"]
    done = run(trained, "detect", *words)
    (picture,) = json.loads(done.stdout)
    assert (picture["source"], picture["width"], picture["height"]) == ("a photo.png", 512, 512)
    (face,) = picture["faces"]
    assert sum(face["probabilities"].values()) == pytest.approx(1, abs=1e-3)


def test_main_py_does_each_mode(trained: Path, striped_zip: Path) -> None:
    config = trained / "config.toml"
    head = f'data = "{striped_zip}"\n'
    end = "[evaluate]\nnet = 'my-net.onnx'\njson = 'main.json'\n[describe]\nout = 'about'\n"
    end += "[train]\nnet = 'plain'\nepochs = 1\nname = 'from-main'\n"
    end += "[detect]\nnet = 'my-net.onnx'\nsources = ['a photo.png']\njson = 'faces.json'\n"
    written = {
        "FER-train": "runs/from-main/run.json",
        "FER-evaluate": "main.json",
        "FER-predict": "faces.json",
        "FER-describe": "about/counts.png",
    }
    for mode, file in written.items():
        config.write_text(f'mode = "{mode}"\n' + head + end)
        run_main_py(config)
        assert (trained / file).is_file(), mode


def test_main_py_refuses_a_wrong_mode(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('mode = "FER-guess"')
    done = run_process(tmp_path, str(ROOT / "main.py"), str(config), code=2)
    assert "FER-train" in done.stderr


def test_resume_takes_no_other_settings(trained: Path) -> None:
    words = ["--resume", "runs/plain", "--epochs", "9"]
    done = run(trained, "train", *words, code=2)
    assert "A resumed run keeps its own settings, but got epochs." in done.stderr


def test_export_names_its_mistakes(trained: Path, striped_zip: Path) -> None:
    done = run(trained, "export", "nowhere", "--name", "a", code=2)
    assert "There is neither a run nor a network 'nowhere'." in done.stderr
    done = run(trained, "export", "runs/plain", "--name", "a/b", code=2)
    assert "letters, digits" in done.stderr
    done = run(trained, "export", "nonet", "--int8", "--name", "a", code=2)
    assert "There is neither a run nor a network 'nonet'." in done.stderr
    done = run(trained, "export", "my-net.onnx", "--int8", "--name", "mistaken", code=2)
    assert "No data set was named" in done.stderr


def test_a_split_that_is_not_there(trained: Path, striped_zip: Path) -> None:
    words = [str(striped_zip), "--net", "my-net.onnx", "--split", "private"]
    done = run(trained, "evaluate", *words, code=2)
    assert "it has public, train" in done.stderr


def test_an_unknown_network(trained: Path, striped_zip: Path) -> None:
    done = run(trained, "evaluate", str(striped_zip), "--net", "nonet", code=2)
    assert "There is no network 'nonet'" in done.stderr
