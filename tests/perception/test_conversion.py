"""The advice on what is no picture is followed to the letter, and gives the right pixels."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from mien.errors import PictureError
from mien.perception.pixels import open_picture

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 7, 3), np.uint8)
PIXELS[0, 0], PIXELS[0, 1] = 0, 255


def followed(source: Any) -> Any:
    """Run the code of the advice on what was refused."""
    with pytest.raises(PictureError) as caught:
        open_picture(source)
    code = re.search(r"onvert it: (.*?)\.(?: Read all .*)?$", caught.value.fix)
    assert code, caught.value.fix
    names = {"pixels": source, "numpy": np}
    exec(code[1], names)
    return open_picture(names["pixels"])  # type: ignore[arg-type]


# what people have, as it would come from the pixels
SOURCES: dict[str, Any] = {
    "fractions": (PIXELS / 255).astype(np.float32),
    "half": (PIXELS / 255).astype(np.float16),
    "float": PIXELS.astype(np.float64),
    "normalized": PIXELS / 127.5 - 1,
    "uint16": PIXELS.astype(np.uint16) * 257,
    "12 bits": np.rint(PIXELS * (4095 / 255)).astype(np.uint16),
    "int64": PIXELS.astype(np.int64),
    "uint16 of 8 bits": PIXELS.astype(np.uint16),
    "int8": (PIXELS.astype(np.int16) - 128).astype(np.int8),
    "channels first": PIXELS.transpose(2, 0, 1),
    "batch": PIXELS[None],
    "batch of channels first, fractions": np.stack([PIXELS.transpose(2, 0, 1)] * 2) / 255,
    "list": PIXELS.tolist(),
    "list of fractions": (PIXELS / 255).tolist(),
}


@pytest.mark.parametrize("name", SOURCES)
def test_advice_gives_the_pixels(name: str) -> None:
    np.testing.assert_array_equal(followed(SOURCES[name]), PIXELS)


def test_advice_on_switches_is_black_and_white() -> None:
    bits = PIXELS[..., 0] > 100
    np.testing.assert_array_equal(followed(bits)[..., 1], np.where(bits, 255, 0))


def test_values_that_are_no_numbers_do_not_wrap() -> None:
    fractions = PIXELS / 255
    fractions[2, 2], fractions[3, 3] = np.nan, np.inf
    expected = PIXELS.copy()
    expected[2, 2] = expected[3, 3] = 0
    np.testing.assert_array_equal(followed(fractions), expected)


@pytest.mark.parametrize("kind", ["float32", "bfloat16", "uint8"])
def test_tensors(kind: str) -> None:
    torch = pytest.importorskip("torch")
    tensor = torch.from_numpy(PIXELS.transpose(2, 0, 1).copy())
    if kind != "uint8":
        tensor = (tensor / 255).to(getattr(torch, kind))
    assert np.abs(followed(tensor).astype(int) - PIXELS).max() <= (kind == "bfloat16")


@pytest.mark.parametrize(("source", "message"), [
    (None, r"got None\. cv2\.imread returns None for a file that it cannot read"),
    (["a.jpg", "b.jpg"], r"got list\. Read several pictures with Reader\.read_many"),
    ([[1, 2], [3]], "Its rows have different lengths"),
    ([], "Name a file"),
    (True, r"got bool\. Name a file, such as 'party\.jpg'"),
    (np.zeros((0, 4, 3), np.uint8), "It has no pixels"),
    (np.zeros(40, np.uint8), r"pass pixels\.tobytes\(\)"),
    (np.zeros(40), r"reshape\(height, width, 3\)"),
    (np.array([["a"]]), "Pass numbers from 0 to 255"),
    (np.full((4, 4), 40_000, np.uint16), "from 40000 to 40000; if black is 0 and white 65535"),
    (np.zeros((2, 4, 4, 3), np.uint8), r"pixels\[0\]\. Read all of a batch with Reader\.read_many"),
])  # fmt: skip
def test_advice_fits_what_came(source: Any, message: str) -> None:
    with pytest.raises(PictureError, match=message):
        open_picture(source)
