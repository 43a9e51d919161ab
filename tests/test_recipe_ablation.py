import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from mien.training import Run


@pytest.fixture
def ablation(recipe_script: Callable[[str], ModuleType]) -> ModuleType:
    return recipe_script("recipe_ablation")


def test_a_change_is_by_seed_and_has_a_t_interval(ablation: ModuleType) -> None:
    rows = {
        "nothing": [(0.5, 0.4, 1.2), (0.6, 0.5, 1.1), (0.7, 0.6, 1.0)],
        "FER+ votes": [(0.48, 0.4, 1.3), (0.59, 0.5, 1.2), (0.7, 0.6, 1.1)],
    }
    # The changes -0.02, -0.01 and 0 have the deviation 0.01; 4.303 * 0.01 / sqrt(3) is 0.0248.
    assert ablation.table(rows)[2:] == [
        "| nothing | 0.600 | 0.500 | 1.100 |",
        "| FER+ votes | -0.010 (-0.035 to +0.015) | +0.000 (+0.000 to +0.000)"
        " | +0.100 (+0.100 to +0.100) |",
    ]


@pytest.mark.slow
def test_each_part_is_left_out_and_scored(
    ablation: ModuleType,
    striped_zip: Path,
    votes: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    few = {name: ablation.PARTS[name] for name in ("nothing", "turning and shifting")}
    monkeypatch.setattr(ablation, "PARTS", few)
    words = ["--data", str(striped_zip), "--ferplus", str(votes), "--out", str(tmp_path)]
    words += ["--json", str(tmp_path / "parts.json"), "--minutes", "60"]
    assert ablation.main([*words, "--subset", "1", "--epochs", "1", "--seeds", "2"]) == 0
    runs = [
        Run(tmp_path / folder / f"mien-s-{seed}")
        for folder in ("without-nothing", "without-turning-and-shifting")
        for seed in (0, 1)
    ]
    recipes = [run.record().recipe for run in runs]
    assert [each["rotation"] for each in recipes] == [12, 12, 0, 0]
    assert [each["shift"] for each in recipes] == [0.08, 0.08, 0, 0]
    budgets = {(each["ema_decay"], each["epochs"], each["subset"]) for each in recipes}
    assert budgets == {(0.97, 1, 1)}
    accuracies = [run.record().best.val_accuracy for run in runs]
    table = capsys.readouterr().out.splitlines()[-4:]
    assert table[0].startswith("| without | accuracy |")
    assert table[2].startswith(f"| nothing | {sum(accuracies[:2]) / 2:.3f} |")
    change = (sum(accuracies[2:]) - sum(accuracies[:2])) / 2
    assert table[3].startswith(f"| turning and shifting | {change:+.3f} (")
    record = json.loads((tmp_path / "parts.json").read_text())
    assert (record["subset"], record["epochs"], record["ema_decay"]) == (1, 1, 0.97)
    assert record["without"]["turning and shifting"]["settings"] == ["rotation=0", "shift=0"]
    written = [
        seed["accuracy"] for part in record["without"].values() for seed in part["seeds"].values()
    ]
    # Validation and scoring meet the same faces in other batches.
    assert written == pytest.approx(accuracies, abs=1e-6)


# words, what the message names
WRONG = [
    (["--seeds", "1"], "2 to 10 seeds, got 1"),
    (["--json", "nowhere/parts.json"], "there is no folder nowhere for parts.json"),
]


@pytest.mark.parametrize(("words", "message"), WRONG)
def test_wrong_words_are_a_sentence_before_anything_is_trained(
    ablation: ModuleType, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    with pytest.raises(SystemExit):
        ablation.main(["--data", "a", "--ferplus", "b", *words])
    assert message in capsys.readouterr().err
