import re
from typing import Any
from xml.etree import ElementTree

from mien.figures import INK, ONE, Bar, draw_bars, inline, new_figure, title


def plot(colour: str = ONE) -> Any:
    figure = new_figure(2, 2)
    axes = figure.subplots()
    axes.plot([0, 1], [0.123456, 1], "o-", color=colour)
    axes.text(0, 0, "0.123456 & <b>", color=INK)
    title(axes, "shown")
    return figure


def test_it_is_well_formed_and_says_what_it_shows() -> None:
    root = ElementTree.fromstring(inline(plot(), "A < B", "it rises & falls"))
    assert (root.tag, root.get("role"), root.get("viewBox")) == ("svg", "img", "0 0 144 144")
    assert [child.text for child in root[:2]] == ["A < B", "it rises & falls"]
    texts = [element.text for element in root.iter("text")]
    assert {"0.123456 & <b>", "shown"} <= set(texts)


def test_it_refers_to_nothing_outside_and_clips_nothing() -> None:
    svg = inline(plot(), "t", "d")
    assert not re.search(r"https?:|url\(|<style|clip|xlink|font-family", svg)


def test_it_takes_the_page_s_colours_and_no_background() -> None:
    svg = inline(plot(), "t", "d")
    assert "stroke: var(--one)" in svg
    assert "fill: var(--ink)" in svg
    assert ONE not in svg
    assert "#ffffff" not in svg
    # Other colours stay.
    assert "#123456" in inline(plot("#123456"), "t", "d")


def test_figures_of_one_page_share_no_ids() -> None:
    svgs = [inline(plot(), text, "d") for text in ("one", "other")]
    ids = [set(re.findall(r'id="([^"]+)"', svg)) for svg in svgs]
    assert ids[0]
    assert not ids[0] & ids[1]
    for svg, known in zip(svgs, ids, strict=True):
        assert set(re.findall(r'href="#([^"]+)"', svg)) == known


def test_the_same_figure_gives_the_same_text() -> None:
    bars = [Bar("x", 0.5, (0.4, 0.6))]
    first, second = (inline(draw_bars(bars, "t"), "t", "d") for _ in range(2))
    assert first == second
    assert len(first) < 8_000
