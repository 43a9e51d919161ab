from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from mien.training import Run


@pytest.fixture
def on_two_cores(recipe_script: Callable[[str], ModuleType]) -> ModuleType:
    return recipe_script("on_two_cores")


@pytest.mark.slow
def test_each_learns_from_those_before(
    on_two_cores: ModuleType,
    striped_zip: Path,
    votes: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["--data", str(striped_zip), "--ferplus", str(votes), "--out", str(tmp_path)]
    tiny = ["--set", "epochs=1", "--set", "batch_size=50"]
    assert on_two_cores.main([*words, *tiny]) == 0
    steps = ("mien-b-finetune-distill", "mien-s-finetune-distill")
    large, small = (tmp_path / name / f"{name}-0" for name in steps)
    assert capsys.readouterr().out.endswith(
        f"mien export {large} --name mien-m\nmien export {small} --name mien-s\n"
    )
    assert sorted(path.name for path in (tmp_path / "three").iterdir()) == [
        "mien-b-distill-0", "mien-s-0", "mien-s-1",
    ]
    assert sorted(path.name for path in (tmp_path / "pair").iterdir()) == [
        "mien-b-finetune-distill-0", "mien-s-1",
    ]
    first = tmp_path / "first" / "mien-s-1"
    recipes = [Run(run).record().recipe for run in (large, small, first)]
    assert [each["threads"] for each in recipes] == [2, 2, 1]
    assert [each["computed_on"].split(", ")[1] for each in recipes] == [
        "2 threads", "2 threads", "1 thread",
    ]
    assert [(each["init_from"], each["teacher"]) for each in recipes[:2]] == [
        ("mien-b-distill-0", "three"), ("mien-s-1", "pair"),
    ]
    written = (small / "run.json").stat().st_mtime_ns
    assert on_two_cores.main([*words, *tiny]) == 0
    assert (small / "run.json").stat().st_mtime_ns == written


def test_a_step_that_is_not_finished_ends_it(
    on_two_cores: ModuleType, striped_zip: Path, votes: Path, tmp_path: Path
) -> None:
    words = ["--data", str(striped_zip), "--ferplus", str(votes), "--out", str(tmp_path)]
    assert on_two_cores.main([*words, "--minutes", "0"]) == 1
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["first"]
