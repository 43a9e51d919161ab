import numpy as np

from mien.classes import FER2013
from mien.drawing.timeline import panel


def test_lines_are_at_their_probabilities_and_gray_is_where_nothing_is_seen(face, axis, bins_of):
    rows = [(number / 10, [face("sad", 0.75)]) for number in range(50)]
    pixels = panel.draw_panel(axis, bins_of([*rows, (5.0, [])]).runs(0), FER2013)
    assert pixels.shape == (panel.HEIGHT, 1000, 3)
    y = round(panel.height_of(0.75))
    assert np.abs(pixels[y, 250].astype(int) - FER2013["sad"].colour).max() < 40
    assert tuple(pixels[20, 250]) == (255, 255, 255)
    assert tuple(pixels[20, 750]) == panel.UNSEEN
    heights = [panel.height_of(p) for p in (0, 0.5, 1)]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] - heights[1] == heights[1] - heights[2]


def test_pale_lines_have_a_dark_edge(face, axis, bins_of):
    pale = [item.name for item in FER2013 if panel.is_pale(item.colour)]
    assert pale == ["happy"]
    rows = [(number / 10, [face("happy", 0.5)]) for number in range(100)]
    pixels = panel.draw_panel(axis, bins_of(rows).runs(0), FER2013)
    y = round(panel.height_of(0.5))
    column = pixels[y - 3 : y + 4, 555].astype(int)
    assert column.sum(1).argmin() != 3
    assert np.abs(column[3] - FER2013["happy"].colour).max() < 30


def test_where_a_clip_has_more_frames_than_columns_a_band_shows_their_range(face, axis, bins_of):
    rng = np.random.default_rng(0)
    values = rng.uniform(0.3, 0.9, 9999)
    rows = [(number / 1000, [face("sad", p)]) for number, p in enumerate(values)]
    pixels = panel.draw_panel(axis, bins_of(rows).runs(0), FER2013)
    tint = pixels[round(panel.height_of(0.75)), 300:700].astype(int)
    assert (tint[:, 2] > tint[:, 0]).mean() > 0.95  # bluish
    outside = pixels[round(panel.height_of(0.97)), 300:700].astype(int)
    assert (outside[:, 2] == outside[:, 0]).mean() > 0.9


def test_excluded_time_is_hatched_and_markers_are_lines(face, axis, bins_of):
    rows = [(number / 10, [face("sad", 0.75)]) for number in range(100)]
    runs = bins_of(rows).runs(0)
    plain = panel.draw_panel(axis, runs, FER2013)
    pixels = panel.draw_panel(axis, runs, FER2013, [3.33], [(6.05, 7.0)])
    changed = np.flatnonzero((pixels != plain).any((0, 2)))
    assert set(changed.tolist()) == {333, *range(605, 700)}
