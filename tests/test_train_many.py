import itertools
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from mien.settings import load
from mien.training import Run

RECIPES = Path(__file__).parents[1] / "recipes"
# An hour, so that no load on the machine stops a training.
TINY = ["--set", "epochs=2", "--set", "batch_size=50", "--minutes", "60"]


@pytest.fixture
def runner(recipe_script: Callable[[str], ModuleType]) -> ModuleType:
    return recipe_script("train_many")


@pytest.mark.slow
def test_two_seeds_train_side_by_side_and_a_second_go_trains_nothing_again(
    runner: ModuleType,
    striped_zip: Path,
    votes: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["--data", str(striped_zip), "--ferplus", str(votes), "--out", str(tmp_path / "out")]
    assert runner.main(["mien-s@3", "mien-s@4", *words, *TINY, "--set", "threads=3"]) == 0
    runs = [Run(tmp_path / "out" / f"mien-s-{seed}") for seed in (3, 4)]
    assert [run.record().seeds for run in runs] == [[3], [4]]
    assert {run.record().recipe["ferplus"] for run in runs} == {"votes.csv"}
    # The number that was set wins over a share of the cores.
    assert {run.record().recipe["threads"] for run in runs} == {3}
    assert [len(run.rows()) for run in runs] == [2, 2]
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 2
    assert all("finished, 2 epochs" in line for line in said)
    written = [run.metrics.stat().st_mtime_ns for run in runs]
    assert runner.main(["mien-s@3", "mien-s@4", *words]) == 0
    assert [run.metrics.stat().st_mtime_ns for run in runs] == written


@pytest.mark.slow
def test_finished_runs_are_teachers(
    runner: ModuleType, striped_zip: Path, votes: Path, tmp_path: Path
) -> None:
    words = ["--data", str(striped_zip), "--ferplus", str(votes), *TINY]
    teachers = tmp_path / "teachers"
    assert runner.main(["mien-s@0", *words, "--out", str(teachers)]) == 0
    words += ["--out", str(tmp_path / "distilled"), "--set", f"teacher={teachers}"]
    assert runner.main(["mien-s-distill@1", "mien-b-distill@2", *words]) == 0
    recipes = [
        Run(tmp_path / "distilled" / name).record().recipe
        for name in ("mien-s-distill-1", "mien-b-distill-2")
    ]
    assert [recipe["net"] for recipe in recipes] == ["mien-s", "mien-b"]
    assert {recipe["teacher"] for recipe in recipes} == {"teachers"}


# trainings and settings, and the threads that are asked for each training, of 8 cores
THREADS = [
    (["mien-s@0", "mien-s@1", "mien-b"], ["2"]),
    (["mien-s@0", "mien-s@1", "mien-b", "--set", "threads=5"], ["2", "5"]),
    ([f"mien-s@{seed}" for seed in range(9)], ["1"]),
    (["mien-s"], []),
]


@pytest.mark.parametrize(("words", "threads"), THREADS)
def test_trainings_side_by_side_share_the_cores(
    runner: ModuleType,
    striped_zip: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    threads: list[str],
) -> None:
    started: list[list[str]] = []

    class Done:
        def __init__(self, command: list[str], **_files: object) -> None:
            pairs = itertools.pairwise(command)
            started.append([number for flag, number in pairs if flag == "--threads"])

        def wait(self, timeout: float) -> int:
            return 0

    monkeypatch.setattr(runner.subprocess, "Popen", Done)
    monkeypatch.setattr(runner.os, "cpu_count", lambda: 8)
    assert runner.main([*words, "--data", str(striped_zip), "--out", str(tmp_path)]) == 1
    trainings = [word for word in words if word.startswith("mien-")]
    assert started == [threads] * len(trainings)


@pytest.mark.parametrize("recipe", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_a_recipe_can_be_read(recipe: Path) -> None:
    train = load(recipe, environment=False).train
    assert recipe.stem.startswith(train.net)
    assert (train.teacher is not None) == (recipe.stem != train.net)


def test_a_training_whose_time_is_over_is_stopped_and_named(
    runner: ModuleType, striped_zip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--data", str(striped_zip), "--out", str(tmp_path / "out"), "--minutes", "0"]
    assert runner.main(["lobonet", *words]) == 1
    assert "lobonet-0: no epoch was finished" in capsys.readouterr().out


# words of the trainings, what the message names
WRONG = [
    (["mien-x"], "no recipe 'mien-x'; there are lobonet, mien-b, mien-b-distill, mien"),
    (["mien-s@one"], "expected a seed"),
    (["mien-s", "mien-s"], "a training is repeated"),
    (["mien-s", "--ferplus", "nowhere.csv"], "there is no nowhere.csv"),
    (["mien-s", "--set", "epochs"], "such as epochs=150 after --set, got 'epochs'"),
    (["mien-s", "--out", __file__], "test_train_many.py is not a folder"),
]


@pytest.mark.parametrize(("words", "message"), WRONG)
def test_wrong_words_are_a_sentence(
    runner: ModuleType,
    striped_zip: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    message: str,
) -> None:
    with pytest.raises(SystemExit) as left:
        runner.main(["--data", str(striped_zip), "--out", str(tmp_path), *words])
    assert left.value.code == 2
    assert message in capsys.readouterr().err
