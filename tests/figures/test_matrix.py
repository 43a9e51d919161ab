import pytest

from mien.figures import Cell, draw_cells, draw_confusion

NAMES = ("awake", "tired", "yawning")


def texts(figure: object) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]  # type: ignore[attr-defined]


def test_confusion_is_in_percent_of_each_true_class() -> None:
    figure = draw_confusion([[3, 1, 0], [0, 5, 0], [2, 2, 4]], NAMES, "a title")
    assert texts(figure) == ["75", "25", "0", "0", "100", "0", "25", "25", "50"]
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_xticklabels()] == list(NAMES)
    assert [label.get_text() for label in axes.get_yticklabels()] == list(NAMES)
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true", "predicted")


def test_faces_that_were_not_found_have_a_column() -> None:
    figure = draw_confusion([[0, 0], [1, 2]], NAMES[:2], "t", missed=[4, 1])
    # A class of which no face was found is not divided by zero.
    assert texts(figure) == ["0", "0", "100", "25", "50", "25"]
    last = figure.axes[0].get_xticklabels()[-1]
    assert last.get_text() == "not found"


def test_a_class_without_faces_has_no_share() -> None:
    assert texts(draw_confusion([[0, 0], [0, 2]], NAMES[:2], "t")) == ["0", "0", "0", "100"]


def test_cells_are_darker_the_higher_their_share() -> None:
    shares = (-1.0, 0.0, 0.4, 0.8, 1.0, 2.0)
    row = [Cell("", share) for share in shares]
    figure = draw_cells([row], ["r"], ["c"] * 6, "t")
    (cells,) = figure.axes[0].collections
    lightness = [sum(colour[:3]) for colour in cells.get_facecolors()]
    assert lightness == sorted(lightness, reverse=True)
    # Shares outside 0 to 1 are clipped.
    assert lightness[0] == lightness[1]
    assert lightness[-1] == lightness[-2]


def test_numbers_are_light_on_dark_cells() -> None:
    figure = draw_cells([[Cell("a", 0.0), Cell("b", 1.0)]], ["r"], ["c", "d"], "t")
    first, second = (text.get_color() for text in figure.axes[0].texts)
    assert (first, second) == ("#1c1c1c", "#fefefe")


def test_gaps_move_what_is_to_the_right_of_them() -> None:
    row = [Cell("", 0.5)] * 3
    (cells,) = draw_cells([row], ["r"], "abc", "t", gaps=[1]).axes[0].collections
    lefts = [path.vertices[:, 0].min() for path in cells.get_paths()]
    assert lefts == pytest.approx([0.03, 1.23, 2.23])


def test_a_hundred_classes_can_be_drawn() -> None:
    names = [f"class {number}" for number in range(100)]
    matrix = [[int(row == column) for column in range(100)] for row in range(100)]
    figure = draw_confusion(matrix, names, "t")
    # There is no room for numbers.
    assert texts(figure) == []
    assert figure.get_size_inches()[0] < 25
