import base64

import cv2
import numpy as np
import pytest

from mien.report.html import (
    NONE,
    between,
    code,
    count,
    data_uri,
    document,
    duration,
    number,
    percent,
    score,
)


def test_a_page_escapes_its_title_and_loads_nothing() -> None:
    page = document("a < b", "<p>body</p>", "p { color: red }")
    assert page.startswith("<!doctype html>")
    assert "<title>a &lt; b</title>" in page
    assert "<p>body</p>" in page
    assert "p { color: red }</style>" in page
    assert "default-src 'none'; img-src data:;" in page
    assert "http://" not in page
    assert "https://" not in page


def test_a_flag_stays_in_one_piece() -> None:
    assert code("mien report a--b.json --skip-bad --data 'x & y'") == (
        "<code>mien report a--b.json <span>--skip-bad</span> <span>--data</span> &#x27;x &amp;"
        " y&#x27;</code>"
    )


@pytest.mark.parametrize("shape", [(48, 48), (112, 96, 3)])
def test_a_data_uri_holds_the_pixels(shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    kind, _, encoded = data_uri(image).partition(",")
    assert kind == "data:image/png;base64"
    read = cv2.imdecode(
        np.frombuffer(base64.b64decode(encoded), np.uint8), cv2.IMREAD_UNCHANGED
    )
    assert read is not None
    # OpenCV reads blue first.
    assert np.array_equal(read if len(shape) == 2 else read[..., ::-1], image)


def test_numbers_carry_their_value_unrounded() -> None:
    assert number(0.66666) == '<data value="0.66666">0.667</data>'
    assert percent(0.5) == '<data value="0.5">50.0%</data>'
    assert count(12345) == '<data value="12345">12,345</data>'
    assert between((0.25, 1.0)).count("<data") == 2
    assert score(None, (0.0, 1.0)) == between(None) == percent(None) == NONE


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.4, "59 s"), (90, "2 min"), (3599, "1 h 0 min"), (7290, "2 h 2 min")],
)
def test_durations_are_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words
