from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien import fonts
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


def draw_named(name: str, file: Path) -> bytes:
    figure = new_figure(2, 2)
    axes = figure.subplots()
    axes.set_xticks([0, 1], [name, "ok"])
    title(axes, name)
    save(figure, file)
    return file.read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_letters_that_no_font_has_raise_no_warning(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "folders", lambda: ())
    drawn = draw_named("日本 злой", tmp_path / f"a{kind}")
    if kind == ".svg":
        # The viewer's fonts draw it.
        assert "日本 злой" in drawn.decode()
    else:
        assert drawn == draw_named("?? злой", tmp_path / "b.png")


def test_letters_are_drawn_with_a_font_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib import get_data_path

    # STIX has small letters with hooks that DejaVu Sans lacks.
    (tmp_path / "fonts").mkdir()
    stix = Path(get_data_path(), "fonts/ttf/STIXGeneral.ttf").read_bytes()
    (tmp_path / "fonts" / "NotoSans-Regular.ttf").write_bytes(stix)
    monkeypatch.setattr(fonts, "folders", lambda: (tmp_path / "fonts",))
    sign = "ᶄᶊ"
    known = draw_named(sign, tmp_path / "known.png")
    assert known != draw_named("?", tmp_path / "unknown.png")
    assert np.asarray(Image.open(tmp_path / "known.png")).min() < 100
