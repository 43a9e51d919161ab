import itertools

import numpy as np
import pytest
from PIL import Image

from mien.classes import Vocabulary
from mien.drawing.text import can_write, length, name_of, shortened, wrapped, write


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("party.jpg", "party.jpg"),
        ("Eileen à 東京.jpg", "Eileen à ??.jpg"),
        ("Ärger, colère, злость, θυμός, złość, tức", "Ärger, colère, злость, θυμός, złość, tức"),
        ("A\u0308rger", "Ärger"),
        ("", ""),
        ("new\nline\t.jpg", r"new\nline\t.jpg"),
        ("\x1b[31mred\x00\x85.jpg", r"\x1b[31mred\x00\x85.jpg"),
        ("a\u2028b\u202egpj.exe", r"a\u2028b\u202egpj.exe"),
        ("a\u00a0b.jpg", "a\u00a0b.jpg"),
    ],
)
def test_names_are_written_with_the_letters_that_there_are(text, expected):
    assert shortened(text, 900, 12) == expected


@pytest.mark.parametrize("text", ["new\nline.jpg", "a\r\n", "\0", "\n", "a\u2029b\u2066c"])
def test_control_characters_are_written_escaped(text):
    canvas = Image.new("RGB", (400, 60), "white")
    write(canvas, (4, 30), text, 20, (0, 0, 0), "lm")
    assert np.asarray(canvas).min() < 50


def test_a_name_without_letters_is_its_number(make_font):
    (known, unknown) = Vocabulary.named(["怒り", "日本"])
    assert [name_of(item) for item in (known, unknown)] == ["class 0", "class 1"]
    make_font("NotoSansCJK-Regular.ttc", "怒り")
    assert [name_of(item) for item in (known, unknown)] == ["怒り", "class 1"]
    assert can_write("怒り 60%")
    assert shortened("日怒り.jpg", 900, 12) == "?怒り.jpg"


def test_a_font_that_cannot_be_opened_is_passed_over(make_font):
    make_font("NotoSansCJK-Regular.ttc", "怒").with_name("DejaVuSans.ttf").write_bytes(b"broken")
    assert can_write("怒")


def written(text, anchor="lm", size=20):
    canvas = Image.new("RGB", (200, 60), "white")
    write(canvas, (100, 30), text, size, (0, 0, 0), anchor)
    return np.asarray(canvas)[..., 0]


def test_letters_of_another_font_stand_on_the_same_line(make_font):
    make_font("NotoSansCJK-Regular.ttc", "怒")
    # A square of 0.6 of the size, on the base line.
    assert length("怒", 20) == 20
    assert length("H怒", 20) == pytest.approx(length("H", 20) + 20)
    rows, columns = np.nonzero(written("H怒") < 128)
    letter = columns < 100 + length("H", 20)
    assert rows[letter].max() == pytest.approx(rows[~letter].max(), abs=1)
    assert columns.max() == pytest.approx(100 + length("H", 20) + 12, abs=2)


@pytest.mark.parametrize("anchor", ["lm", "mm", "rm", "la"])
def test_text_is_anchored(anchor):
    text = "H" * 5
    rows, columns = np.nonzero(written(text, anchor) < 128)
    width = length(text, 20)
    start = {"l": 100, "m": 100 - width / 2, "r": 100 - width}[anchor[0]]
    assert columns.min() == pytest.approx(start, abs=3)
    if anchor[1] == "m":
        assert (rows.min() + rows.max()) / 2 == pytest.approx(30, abs=2.5)
    else:
        assert rows.min() >= 30


def test_edges_of_letters_are_smooth():
    pixels = written("S", size=40)
    assert ((pixels > 40) & (pixels < 215)).sum() > 30


def test_a_long_name_loses_its_middle():
    name = "a" * 60 + "-" + "b" * 60 + ".jpg"
    short = shortened(name, 148, 12)
    assert length(short, 12) <= 148
    assert short.startswith("aaaa")
    assert short.endswith("b.jpg")
    assert "…" in short


def test_lines_are_as_long_as_fits():
    text = " ".join(["one two three four five"] * 3)
    lines = list(wrapped(text, 120, 13))
    assert " ".join(lines) == text
    assert all(length(line, 13) <= 120 for line in lines)
    for line, after in itertools.pairwise(lines):
        assert length(f"{line} {after.split()[0]}", 13) > 120
