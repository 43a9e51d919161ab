import re
from pathlib import Path

import optuna
import pytest
from matplotlib.figure import Figure
from optuna.trial import TrialState

from mien.nets import Choice, FloatRange, IntRange, Space
from mien.training.silence import quiet
from mien.tuning.figures import draw_figures, history, importance, parallel
from mien.tuning.space import suggest, varied
from mien.tuning.trials import best_trial

SPACE: Space = {
    "learning_rate": FloatRange(1e-4, 1e-2, log=True),
    "width": IntRange(16, 40, 8),
    "batch_size": Choice((32, 64)),
    "ema_decay": Choice((0.0,)),
}


def study(accuracies: list[float | None]) -> optuna.Study:
    """A tuning whose trials had these accuracies; None is one that was ended early."""
    with quiet("optuna"):
        tuning = optuna.create_study(
            direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0)
        )
        for accuracy in accuracies:
            trial = tuning.ask()
            for key, found in SPACE.items():
                suggest(trial, key, found)
            if accuracy is None:
                trial.report(0.25, 1)
                tuning.tell(trial, state=TrialState.PRUNED)
            else:
                tuning.tell(trial, accuracy)
    return tuning


def test_the_history_shows_each_trial_and_the_best_so_far() -> None:
    figure = history(study([0.3, None, 0.5, 0.4]).trials)
    assert isinstance(figure, Figure)
    (axes,) = figure.axes
    best, complete, pruned = axes.lines
    assert list(best.get_xdata()) == [0, 2, 3, 3]
    assert list(best.get_ydata()) == [0.3, 0.5, 0.5, 0.5]
    assert list(complete.get_ydata()) == [0.3, 0.5, 0.4]
    assert (list(pruned.get_xdata()), list(pruned.get_ydata())) == ([1], [0.25])


def test_the_parallel_lines_go_through_the_values_on_their_scales() -> None:
    trials = study([0.3, 0.5, 0.4]).trials
    trials[1].params |= {"learning_rate": 1e-3, "width": 32, "batch_size": 64}
    figure = parallel(trials, SPACE)
    axes = figure.axes[0]
    lines = [line for line in axes.lines if len(line.get_xdata()) == 3]
    assert len(lines) == 3
    # The best one is drawn last and thick; half way by ratio, two thirds by difference.
    assert list(lines[-1].get_ydata()) == pytest.approx([0.5, 2 / 3, 1])
    assert lines[-1].get_linewidth() > lines[0].get_linewidth()
    assert [label.get_text() for label in axes.get_xticklabels()] == [
        "learning\nrate",
        "width",
        "batch\nsize",
    ]
    assert varied(SPACE) == ["learning_rate", "width", "batch_size"]


def test_of_equal_trials_the_first_is_the_best_as_in_the_table() -> None:
    trials = study([0.5, 0.5, 0.4]).trials
    axes = parallel(trials, SPACE).axes[0]
    thick = [line for line in axes.lines if line.get_linewidth() == 3]
    expected = parallel(trials[:1], SPACE).axes[0].lines[0]
    assert [list(line.get_ydata()) for line in thick] == [list(expected.get_ydata())]
    assert best_trial(trials) is trials[0]
    assert "the first of the best in bold" in axes.get_title(loc="left")
    alone = parallel(trials[1:], SPACE).axes[0]
    assert "the best one in bold" in alone.get_title(loc="left")


def test_the_importance_says_of_how_many_trials_it_is() -> None:
    figure = importance({"width": 0.25, "learning_rate": 0.75}, 12)
    (axes,) = figure.axes
    assert [bar.get_width() for bar in axes.patches] == [0.25, 0.75]
    words = [text.get_text() for text in axes.texts]
    assert "75%" in words
    assert "PED-ANOVA of 12 trials; only a hint, below 50" in words


def test_with_enough_trials_all_figures_are_written_and_words_stay_words(tmp_path: Path) -> None:
    said: list[str] = []
    with quiet("optuna"):
        draw_figures(
            study([0.3 + 0.01 * number for number in range(9)]), SPACE, tmp_path, said.append
        )
    assert said == []
    names = {"history", "importance", "parallel"}
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{name}.{kind}" for name in names for kind in ("png", "svg")
    }
    svg = (tmp_path / "importance.svg").read_text()
    assert re.search(r">learning rate<", svg)


@pytest.mark.parametrize("accuracy", [0.5, 0.0])
def test_trials_that_are_all_alike_can_be_drawn(tmp_path: Path, accuracy: float) -> None:
    with quiet("optuna"):
        draw_figures(study([accuracy] * 9), SPACE, tmp_path, print)
    assert (tmp_path / "importance.png").exists()


def test_too_few_trials_are_said(tmp_path: Path) -> None:
    said: list[str] = []
    draw_figures(study([0.3, None]), SPACE, tmp_path, said.append)
    (sentence,) = said
    assert sentence.endswith("takes 8 complete trials, and there are 1.")
    assert (tmp_path / "parallel.svg").exists()
    said.clear()
    draw_figures(study([None, None]), SPACE, tmp_path / "none", said.append)
    assert said == ["No figures were drawn, since no trial is complete."]
