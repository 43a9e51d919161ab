import pytest

from mien.study.ablated import T95, Ablated, Point, precision, t_interval
from mien.study.page import better, conclusion


def test_precisions_are_named() -> None:
    assert precision([{"precision": "bfloat16"}] * 2) == "bfloat16"
    assert precision([{}, {"precision": "float32"}]) == (
        "float32 and the machine's own precision"
    )


def test_the_interval_of_a_mean_is_student_s() -> None:
    # By hand: the standard deviation of 1, 2, 3 is 1, and 4.303 / sqrt(3) is 2.484.
    assert t_interval([1.0, 2.0, 3.0]) == pytest.approx((2 - 2.4843, 2 + 2.4843), abs=1e-3)
    assert t_interval([1.0]) is None
    assert len(T95) == 9


def point(value: str, change: tuple[float, float] | None) -> Point:
    return Point(
        value=value,
        accuracies=(0.4, 0.42),
        change=None if change is None else sum(change) / 2,
        change_interval=change,
        parameters=1,
        macs=1,
        seconds=1.0,
    )


def test_conclusions_say_what_was_shown_and_what_was_not() -> None:
    points = (
        point("0.0", (-0.1, 0.1)), point("0.1", None), point("0.2", (0.01, 0.02)),
        point("0.5", (-0.2, -0.1)),
    )  # fmt: skip
    assert [better(each) for each in points] == [None, None, True, False]
    said = conclusion(Ablated(name="dropout", base="0.1", points=points))
    assert said.startswith("Highest mean: 0.0, ")
    assert "Shown to be better than lobonet's own: 0.2." in said
    assert "Shown to be worse than lobonet's own: 0.5." in said
    assert "Not shown to differ from it: 0.0." in said
