import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from mien.data import Samples
from mien.errors import DataError, OutputError, SettingsError, TrainingError
from mien.settings import Settings, load
from mien.study import ablations, figures, plan
from mien.study.ablations import AblationResults
from mien.study.results import StudyResults, read_results
from mien.study.run import ablate, check_outputs, repeat
from mien.training import trainer
from mien.training.learner import Learner


class Killed(BaseException):
    """Stands for a kill: nothing in mien or Lightning may catch it."""


def settings(out: Path, **study: Any) -> Settings:
    given = {"out": out, "epochs": 1, "subset": 0.9, **study}
    return load(environment=False, data=Path("folder/striped.zip"), study=given)


def no_training(*_: Any) -> None:
    raise AssertionError("trained again")


@pytest.fixture
def _unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw no figures, which takes longer than all else here."""
    monkeypatch.setattr(figures, "_write", lambda folder, drawn: [])


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two small networks in place of five, and one ablation of a small one."""
    monkeypatch.setattr(plan, "MODELS", plan.MODELS[:1])
    monkeypatch.setattr(plan, "tuned_settings", lambda _: {"net": "plain", "zoom": 0.2})
    monkeypatch.setattr(ablations, "BASE", {"net": "plain-bn", "monitor": "val_accuracy"})
    monkeypatch.setattr(ablations, "ABLATIONS", ablations.ABLATIONS[:1])


def test_the_study_leaves_page_numbers_and_figures(samples: Samples, tmp_path: Path) -> None:
    said: list[str] = []
    place = repeat(settings(tmp_path), samples, said.append)
    assert said == ["Measuring on PublicTest, and drawing the figures."]
    names = ["counts", "samples", "compared"]
    for name in ("plain", "lobonet-tuned"):
        names += [f"curves-{name}", f"confusion-{name}"]
    wanted = {f"{name}.{kind}" for name in names for kind in ("png", "svg")}
    assert {file.name for file in place.figures.iterdir()} == wanted
    study = read_results(place.numbers, StudyResults)
    assert study is not None
    assert [each.name for each in study.models] == ["plain", "lobonet-tuned"]
    assert (study.subset, study.complete, study.data.file) == (0.9, False, "striped.zip")
    first, tuned = study.models
    assert sum(map(sum, first.scores.confusion)) == 35
    assert first.peak_test == pytest.approx(first.epochs[0].val_accuracy)
    assert first.change is None
    assert tuned.change is not None
    assert tuned.change.before == "plain"
    assert tuned.scores.accuracy == pytest.approx(tuned.record.best.val_accuracy, abs=1e-6)
    assert "quick pass over 90%" in place.page.read_text()


@pytest.mark.usefixtures("_unseen")
def test_finished_runs_are_kept_and_faces_can_be_left_out(
    samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = repeat(settings(tmp_path), samples, lambda _: None)
    numbers = json.loads(place.numbers.read_text())
    monkeypatch.setattr(trainer.lightning.Trainer, "fit", no_training)
    said: list[str] = []
    repeat(settings(tmp_path, faces=False), samples, said.append)
    assert said[:2] == [
        "1 of 2, plain: finished already.",
        "2 of 2, lobonet-tuned: finished already.",
    ]
    assert json.loads(place.numbers.read_text())["models"] == numbers["models"]
    assert "data:image" not in place.page.read_text()


@pytest.mark.usefixtures("_unseen")
def test_a_killed_study_resumes_after_the_last_epoch(
    samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    step = Learner.training_step

    def dying(self: Any, batch: Any, batch_idx: int) -> Any:
        if self.current_epoch == 1 and (tmp_path / "runs" / "lobonet-tuned").exists():
            raise Killed
        return step(self, batch, batch_idx)

    wanted = settings(tmp_path, epochs=2)
    with monkeypatch.context() as patched:
        patched.setattr(Learner, "training_step", dying)
        with pytest.raises(Killed):
            repeat(wanted, samples, lambda _: None)
    capsys.readouterr()
    said: list[str] = []
    repeat(wanted, samples, said.append)
    assert said[0] == "1 of 2, plain: finished already."
    assert said[1] == f"Resuming {tmp_path / 'runs' / 'lobonet-tuned'} after epoch 1."
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert re.fullmatch(
        r"2 of 2, lobonet-tuned, epoch 2 of 2: accuracy 0\.\d{4} train, 0\.\d{4} PublicTest;"
        r" at most 0 s left",
        lines[0],
    )


@pytest.mark.usefixtures("_unseen")
def test_mistakes_are_found_before_any_training(
    samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repeat(settings(tmp_path), samples, lambda _: None)
    monkeypatch.setattr(trainer.lightning.Trainer, "fit", no_training)
    with pytest.raises(TrainingError, match="plain was trained with other settings: epochs, subs"):
        repeat(settings(tmp_path, epochs=2, subset=0.5), samples)
    other = dataclasses.replace(samples, sha256="1" * 64)
    with pytest.raises(TrainingError, match="plain was trained on other faces. Choose another"):
        repeat(settings(tmp_path), other)
    with pytest.raises(DataError, match="but the data has the splits train. Use FER"):
        repeat(settings(tmp_path), samples.split("train"))
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="study: .*file is a file"):
        repeat(settings(tmp_path / "file" / "study"), samples)


def test_ablations_are_measured_and_join_the_page(
    samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = ablate(settings(tmp_path, ablate="normalise", seeds=2), samples, lambda _: None)
    runs = {path.name for path in (tmp_path / "ablations").iterdir()}
    assert runs == {"base-0", "base-1", "normalise-false-0", "normalise-false-1"}
    found = read_results(place.ablations, AblationResults)
    assert found is not None
    base, off = found.ablated[0].points
    assert (base.value, base.change, off.value) == ("true", None, "false")
    changes = [a - b for a, b in zip(off.accuracies, base.accuracies, strict=True)]
    assert off.change == pytest.approx(sum(changes) / 2)
    assert {file.name for file in place.figures.iterdir()} == {
        "ablation-normalise.png",
        "ablation-normalise.svg",
    }
    assert "Model 1" not in place.page.read_text()
    # What the ablations wrote is the study's own, and may be replaced.
    ablate(settings(tmp_path, ablate="normalise", seeds=2), samples, lambda _: None)
    monkeypatch.setattr(figures, "_write", lambda folder, drawn: [])
    repeat(settings(tmp_path), samples, lambda _: None)
    page = place.page.read_text()
    assert "Model 1" in page
    assert "One change at a time" in page


@pytest.mark.usefixtures("_unseen")
def test_ablations_with_one_seed_claim_nothing(samples: Samples, tmp_path: Path) -> None:
    place = ablate(settings(tmp_path, ablate="all", seeds=1), samples, lambda _: None)
    assert "no difference can be told from chance" in place.page.read_text()


def test_damaged_numbers_are_named(samples: Samples, tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text("{}")
    with pytest.raises(DataError, match=r"numbers of a study in .*study\.json.* Remove it"):
        ablate(settings(tmp_path, ablate="normalise"), samples)
    with pytest.raises(DataError, match=r"numbers of a study in .*study\.json.* Remove it"):
        repeat(settings(tmp_path), samples)
    assert (tmp_path / "study.json").read_text() == "{}"


def test_a_page_of_the_users_stays(samples: Samples, tmp_path: Path) -> None:
    (tmp_path / "study.html").write_text("<p>My study</p>")
    with pytest.raises(SettingsError, match=r"study\.html exists, and is not an earlier output"):
        repeat(settings(tmp_path), samples)


@pytest.mark.parametrize("name", ["samples.png", "curves-plain.svg", "ablation-normalise.png"])
def test_a_figure_of_the_users_stays(samples: Samples, tmp_path: Path, name: str) -> None:
    figure = tmp_path / "figures" / name
    figure.parent.mkdir()
    figure.write_text("drawn by hand")
    for command in (repeat, ablate):
        with pytest.raises(SettingsError, match=rf"{name} exists, and is not an earlier output"):
            command(settings(tmp_path, faces=False), samples)
    assert figure.read_text() == "drawn by hand"
    assert [path.name for path in tmp_path.iterdir()] == ["figures"]


def test_an_input_is_not_replaced(tmp_path: Path) -> None:
    data = tmp_path / "study.html"
    data.touch()
    with pytest.raises(SettingsError, match=r"study\.html would be replaced by the output"):
        check_outputs(settings(tmp_path).model_copy(update={"data": data}))
