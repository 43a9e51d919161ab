from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from mien.training import Run

FIRST = ["mien-b-0", "mien-b-1", "mien-b-2", "mien-b-3", "mien-b-4", "mien-s-0", "mien-s-1"]
TEN_LATER = [*(f"mien-b-1{seed}" for seed in range(5)), "mien-s-10", "mien-s-11"]
SECOND = [
    *(f"mien-b-finetune-distill-{seed}" for seed in range(5)),
    *(f"mien-s-finetune-distill-{seed}" for seed in range(2)),
]


@pytest.fixture
def accelerated(recipe_script: Callable[[str], ModuleType]) -> ModuleType:
    return recipe_script("accelerated")


@pytest.mark.slow
def test_five_teach_all_second_halves(
    accelerated: ModuleType, striped_zip: Path, votes: Path, tmp_path: Path
) -> None:
    words = ["--data", str(striped_zip), "--ferplus", str(votes), "--out", str(tmp_path)]
    words += ["--minutes", "60"]
    assert accelerated.main(["first", "--epochs", "1", *words]) == 0
    assert accelerated.main(["second", "--epochs", "1", *words]) == 0
    first, second = (
        {path.name: Run(path) for path in (tmp_path / step).iterdir() if path.is_dir()}
        for step in ("first", "second")
    )
    assert sorted(first) == FIRST
    assert sorted(second) == SECOND
    recipes = {name: run.record().recipe for name, run in {**first, **second}.items()}
    assert [recipes[name]["width"] for name in FIRST] == [None, None, None, 48, 48, None, None]
    assert [recipes[name]["width"] for name in SECOND] == [64, 64, 64, 48, 48, None, None]
    assert {recipe["batch_size"] for recipe in recipes.values()} == {256}
    assert [recipes[name]["init_from"] for name in SECOND] == FIRST
    teachers = tmp_path / "teachers-0"
    assert {recipes[name]["teacher"] for name in SECOND} == {teachers.name}
    assert sorted(path.name for path in teachers.iterdir()) == FIRST[:5]


def test_a_step_that_is_not_finished_is_said(
    accelerated: ModuleType,
    striped_zip: Path,
    votes: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["--data", str(striped_zip), "--ferplus", str(votes), "--out", str(tmp_path)]
    words += ["--epochs", "1", "--minutes", "0", "--first-seed", "10"]
    assert accelerated.main(["first", *words]) == 1
    said = capsys.readouterr().out.splitlines()
    assert sorted(Path(line.split(":")[0]).name for line in said) == TEN_LATER
    assert all("no epoch was finished" in line for line in said)
