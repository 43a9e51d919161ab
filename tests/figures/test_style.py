from pathlib import Path

import pytest

from mien.figures import KINDS, new_figure, save, strip_axes, title


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_figure_gives_the_same_bytes(tmp_path: Path, kind: str) -> None:
    files = tmp_path / f"a{kind}", tmp_path / f"b{kind}", tmp_path / "unnamed"
    for file in files:
        figure = new_figure(2, 2)
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1])
        strip_axes(axes)
        title(axes, "a title")
        save(figure, file, "" if file.suffix else kind)
    first = files[0].read_bytes()
    assert all(file.read_bytes() == first for file in files)
    assert (b"a title" in first) == (kind == ".svg")
