import pytest

from mien.figures import TRAINING, VALIDATION, draw_training

ROWS = [
    {"epoch": epoch, "train_accuracy": epoch / 10, "val_accuracy": epoch / 5}
    | {"train_loss": 2 / epoch, "val_loss": 1.5 / epoch}
    for epoch in (1, 2, 3)
]


def test_both_panels_show_training_and_validation() -> None:
    accuracy, loss = draw_training(ROWS).axes
    assert [line.get_ydata().tolist() for line in accuracy.lines] == [
        [0.1, 0.2, 0.3], [0.2, 0.4, 0.6],
    ]  # fmt: skip
    assert [line.get_ydata().tolist() for line in loss.lines] == [
        [2.0, 1.0, 2 / 3], [1.5, 0.75, 0.5],
    ]  # fmt: skip
    labels = [text.get_text() for text in accuracy.get_legend().get_texts()]
    assert labels == ["training", "validation"]


def test_the_best_epoch_is_marked() -> None:
    accuracy, loss = draw_training(ROWS, best=3).axes
    assert [text.get_text() for text in accuracy.texts + loss.texts] == ["best: 3", "best: 3"]
    assert [line.get_ydata()[0] for line in (accuracy.lines[3], loss.lines[3])] == [0.6, 0.5]
    # A line from the top, where it is named, to the bottom.
    assert [line.get_xdata()[0] for line in (accuracy.lines[2], loss.lines[2])] == [3, 3]


def test_one_epoch_shows_too() -> None:
    accuracy, _ = draw_training(ROWS[:1], best=1).axes
    assert [line.get_marker() for line in accuracy.lines] == [".", "."]
    assert not accuracy.texts


def test_panels_can_be_stacked_for_a_narrow_page() -> None:
    wide, narrow = draw_training(ROWS), draw_training(ROWS, stacked=True)
    assert wide.get_size_inches()[0] == 10
    assert narrow.get_size_inches()[0] == 5


@pytest.mark.parametrize(
    ("epochs", "ticks"),
    [
        (1, [1]),
        (2, [1, 2]),
        (5, [1, 2, 3, 4, 5]),
        (14, [1, 2, 4, 6, 8, 10, 12, 14]),
        (16, [1, 2, 4, 6, 8, 10, 12, 14, 16]),
        (20, [1, 5, 10, 15, 20]),
        (60, [1, 10, 20, 30, 40, 50, 60]),
    ],
)
def test_epochs_are_whole_numbers(epochs: int, ticks: list[int]) -> None:
    rows = [ROWS[0] | {"epoch": epoch} for epoch in range(1, epochs + 1)]
    for axes in draw_training(rows).axes:
        assert axes.get_xticks().tolist() == ticks
        labels = [label.get_text() for label in axes.get_xticklabels()]
        assert labels == [str(tick) for tick in ticks]
        low, high = axes.get_xlim()
        assert low < 1 <= epochs < high


def test_training_and_validation_keep_their_colours() -> None:
    accuracy, loss = draw_training(ROWS).axes
    for axes in (accuracy, loss):
        assert [line.get_color() for line in axes.lines] == [TRAINING, VALIDATION]
