"""The names below the bars can be read, whatever letters they have."""

import itertools

import pytest
from matplotlib.text import Text

from mien.data.figures import draw_counts


def labels(*names: str) -> list[Text]:
    figure = draw_counts({"train": dict.fromkeys(names, 5)})
    figure.canvas.draw()
    return list(figure.axes[0].get_xticklabels())


def test_names_stand_on_one_baseline() -> None:
    below = labels("müde", "neutral", "Überdruß", "gähnend")
    assert {label.get_va() for label in below} == {"baseline"}
    assert len({label.get_transform().transform(label.get_position())[1] for label in below}) == 1
    assert {label.get_rotation() for label in below} == {0}


@pytest.mark.parametrize("long", ["a long class name that never ends", "müde und überarbeitet"])
def test_long_names_do_not_cover_each_other(long: str) -> None:
    below = labels("awake", long, "tired", long[::-1])
    boxes = [label.get_window_extent() for label in below]
    assert {label.get_rotation() for label in below} == {30}
    ends = [box.x1 for box in boxes]
    # Turned names are apart if their ends are: they are parallel.
    pairs = itertools.pairwise(ends)
    assert all(after - before > boxes[0].height for before, after in pairs)
