from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from mien import fonts


@pytest.fixture(autouse=True)
def no_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw the same on every machine: with the fonts that come with mien alone."""
    monkeypatch.setattr(fonts, "folders", lambda: ())


def square(side: int) -> Any:
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, side), (side, side), (side, 0)):
        pen.lineTo(corner)
    pen.closePath()
    return pen.glyph()


@pytest.fixture
def make_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Make a font that this machine seems to have, whose glyphs are squares, red if coloured."""

    def make(name: str, characters: str, coloured: bool = False) -> Path:
        builder = FontBuilder(1000, isTTF=True)
        names = [f"sign{number}" for number in range(len(characters))]
        builder.setupGlyphOrder([".notdef", "layer", *names])
        codes = map(ord, characters)
        builder.setupCharacterMap(dict(zip(codes, names, strict=True)))
        glyphs = {".notdef": square(300), "layer": square(600)}
        glyphs |= {name: square(600 + 50 * number) for number, name in enumerate(names)}
        builder.setupGlyf(glyphs)
        builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (1000, 0)))
        builder.setupHorizontalHeader(ascent=900, descent=-100)
        builder.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
        builder.setupOS2()
        builder.setupPost()
        if coloured:
            builder.setupCOLR({name: [("layer", 0)] for name in names})
            builder.setupCPAL([[(1.0, 0.0, 0.0, 1.0)]])
        builder.save(tmp_path / name)
        monkeypatch.setattr(fonts, "folders", lambda: (tmp_path,))
        return tmp_path / name

    return make
