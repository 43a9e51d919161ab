import pytest

from mien.figures import Bar, draw_bars
from mien.figures.bars import reach_of, shorten
from mien.figures.style import ONE, SOFT


def test_bars_are_as_long_as_their_values() -> None:
    figure = draw_bars([Bar("x", 0.25, (0.2, 0.5)), Bar("y", 1.0, colour=SOFT)], "a title")
    (axes,) = figure.axes
    widths = [bar.get_width() for bar in axes.patches]
    assert widths == [0.25, 1.0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["x", "y"]
    assert [text.get_text() for text in axes.texts] == ["0.250", "1.000"]
    assert axes.get_title(loc="left") == "a title"
    # The first bar is on top.
    low, high = axes.get_ylim()
    assert low > high


def test_a_bar_has_its_own_colour() -> None:
    import matplotlib.colors

    bars = [Bar("x", 0.5), Bar("y", 0.5, colour=SOFT)]
    colours = [bar.get_facecolor()[:3] for bar in draw_bars(bars, "t").axes[0].patches]
    assert colours == [matplotlib.colors.to_rgb(colour) for colour in (ONE, SOFT)]


def test_intervals_reach_from_their_value() -> None:
    (below,), (above,) = reach_of(0.5, (0.25, 0.75))
    assert (below, above) == (0.25, 0.25)
    # Of 35 of 35 faces Wilson's interval ends at 0.9999999999999999.
    assert reach_of(1.0, (0.9, 1 - 1e-16))[1] == [0.0]


def test_a_long_name_is_cut() -> None:
    assert shorten("n" * 40) == "n" * 21 + "…"
    assert shorten("n" * 22) == "n" * 22
    assert shorten("眠い" * 5) == "眠い" * 5
    assert shorten("眠い" * 6) == "眠い" * 5 + "…"


def test_an_error_bar_ends_at_its_interval() -> None:
    figure = draw_bars([Bar("x", 0.25, (0.2, 0.5))], "t")
    (container,) = [part for part in figure.axes[0].containers if hasattr(part, "has_xerr")]
    (ends,) = container.lines[2][0].get_segments()
    assert ends[:, 0].tolist() == pytest.approx([0.2, 0.5])
