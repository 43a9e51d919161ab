import pytest

from mien.evaluation.results import Bin
from mien.report.figures import draw_reliability, draw_risk

BINS = [
    Bin(low=0.4, high=0.6, count=10, confidence=0.5, accuracy=0.25, interval=(0.1, 0.4)),
    Bin(low=0.6, high=0.8, count=0, confidence=None, accuracy=None, interval=(0, 1)),
    Bin(low=0.8, high=1.0, count=40, confidence=0.9, accuracy=1.0, interval=(0.9, 1)),
]


def test_reliability_places_bins_by_confidence_and_accuracy() -> None:
    (axes,) = draw_reliability(BINS, "a title").axes
    bars = [container for container in axes.containers if hasattr(container, "has_yerr")]
    points = [bar.lines[0].get_xydata()[0].tolist() for bar in bars]
    assert points == [[0.5, 0.25], [0.9, 1.0]]
    ends = [bar.lines[2][0].get_segments()[0][:, 1].tolist() for bar in bars]
    assert ends == [pytest.approx([0.1, 0.4]), pytest.approx([0.9, 1.0])]
    # The dashed diagonal, where confidence and accuracy are equal.
    assert axes.lines[0].get_xydata().tolist() == [[0, 0], [1, 1]]


def test_grey_bars_are_as_high_as_their_counts() -> None:
    heights = [bar.get_height() for bar in draw_reliability(BINS, "t").axes[0].patches]
    assert heights == pytest.approx([0.14 / 4, 0, 0.14])


def test_risk_shows_the_curve_and_the_points() -> None:
    curve = [(0.01, 0.0), (0.5, 0.1), (1.0, 0.3)]
    (axes,) = draw_risk(curve, [(0.8, 0.2, (0.15, 0.25))], "t").axes
    assert axes.lines[0].get_xydata().tolist() == [list(point) for point in curve]
    (bar,) = axes.containers
    assert bar.lines[0].get_xydata().tolist() == [[0.8, 0.2]]
    assert axes.get_ylim()[1] == pytest.approx(0.33)


def test_risk_may_be_zero_everywhere() -> None:
    assert draw_risk([], [(1.0, 0.0, (0.0, 0.0))], "t").axes[0].get_ylim() == (0, 1)
