import itertools

import pytest

from mien.drawing.text import font, shortened, wrapped


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("party.jpg", "party.jpg"),
        ("Eileen à 東京.jpg", "Eileen a ??.jpg"),
        ("", ""),
    ],
)
def test_names_are_written_with_the_signs_that_there_are(text, expected):
    assert shortened(text, 148, 12) == expected


def test_a_long_name_loses_its_middle():
    name = "a" * 60 + "-" + "b" * 60 + ".jpg"
    short = shortened(name, 148, 12)
    assert font(12).getlength(short) <= 148
    assert short.startswith("aaaa")
    assert short.endswith("b.jpg")
    assert "…" in short


def test_lines_are_as_long_as_fits():
    text = " ".join(["one two three four five"] * 3)
    lines = list(wrapped(text, 120, 13))
    assert " ".join(lines) == text
    assert all(font(13).getlength(line) <= 120 for line in lines)
    for line, after in itertools.pairwise(lines):
        assert font(13).getlength(f"{line} {after.split()[0]}") > 120
