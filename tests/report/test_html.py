import base64

import cv2
import numpy as np

from mien.report.html import document, png_address


def test_a_page_escapes_its_title_and_loads_nothing() -> None:
    page = document("a < b", "<p>body</p>", "p { color: red }")
    assert page.startswith("<!doctype html>")
    assert "<title>a &lt; b</title>" in page
    assert "<p>body</p>" in page
    assert "p { color: red }</style>" in page
    assert "default-src 'none'; img-src data:;" in page
    assert "http://" not in page
    assert "https://" not in page


def test_a_picture_s_address_holds_its_pixels() -> None:
    image = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    kind, _, encoded = png_address(image).partition(",")
    assert kind == "data:image/png;base64"
    read = cv2.imdecode(np.frombuffer(base64.b64decode(encoded), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(read, image)
