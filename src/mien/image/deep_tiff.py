"""Reads TIFF samples that Pillow does not read, or reads wrongly.

Pillow reads 8-bit samples well. It refuses most kinds of deeper ones, and in the others mistakes 12
bits for 16 and white for black. Pillow still decodes their strips: the file is declared anew as one
gray picture of bytes, and those are unpacked here.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mien.image.depth import range_of_fractions, range_of_integers, to_eight_bits
from mien.image.tiff import Page, Photometric, SampleFormat, Tag

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

_LETTERS = {SampleFormat.UNSIGNED: "u", SampleFormat.SIGNED: "i", SampleFormat.FRACTION: "f"}
"""NumPy's letters for the kinds of samples."""


def read_deep(page: Page) -> PillowImage:
    """Decode a page whose samples are deep (`Page.is_deep`).

    The range of the samples is the one that the file declares: by ``MaxSampleValue`` or
    ``SMaxSampleValue`` if these tell a smaller depth than the container's, otherwise by the bits of
    a sample. The bits of signed and 32-bit integers and of fractions tell nothing; their range is
    the smallest usual one that holds the samples (see `mien.image.depth`).

    Returns
    -------
    PIL.Image.Image
        Of mode ``L``, ``LA``, ``RGB`` or ``RGBA``, with the file's orientation and profile.

    Raises
    ------
    NotImplementedError
        If samples of that size are not read.
    EOFError
        If the file is cut off.
    Exception
        Whatever Pillow raises for damaged strips.
    """
    from PIL import Image

    if not page.is_whole:
        raise EOFError("pixels are missing")
    colours = 3 if page.number(Tag.PHOTOMETRIC, 1) == Photometric.RGB else 1
    samples = _samples(page)
    low, high = _range(page, samples[..., :colours])
    inverted = page.number(Tag.PHOTOMETRIC, 1) == Photometric.WHITE_IS_ZERO
    layers = [to_eight_bits(samples[..., :colours], low, high, inverted)]
    if samples.shape[2] > colours and page.number(Tag.EXTRA, 0) in (1, 2):
        opacity = samples[..., colours : colours + 1]
        layers.append(to_eight_bits(opacity, *_range(page, opacity)))
    pixels = np.concatenate(layers, axis=2)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    picture.getexif()[Tag.ORIENTATION] = page.number(Tag.ORIENTATION, 1)
    if profile := page.content(Tag.PROFILE):
        picture.info["icc_profile"] = profile
    return picture


def _range(page: Page, samples: NDArray[Any]) -> tuple[float, float]:
    """Return the values of black and white, as declared or as found in the samples."""
    smallest, largest = page.numbers(Tag.S_MIN), page.numbers(Tag.S_MAX)
    if page.format == SampleFormat.FRACTION:
        both = (float(min(smallest)), float(max(largest))) if smallest and largest else None
        return range_of_fractions(samples, both)
    declared = largest or page.numbers(Tag.MAX_SAMPLE)
    told = page.format == SampleFormat.UNSIGNED and page.bits < 32
    return range_of_integers(
        samples, page.bits if told else None, float(max(declared)) if declared else None
    )


def _samples(page: Page) -> NDArray[Any]:
    """Decode the strips or tiles to ``[H, W, samples]``."""
    number = page.number(Tag.SAMPLES, 1)
    if page.number(Tag.PLANAR, 1) == 1 or number == 1:
        return _decoded(page, number, {})
    planes = []
    for plane in range(number):
        parts: dict[int, Sequence[int] | None] = {}
        for tag in (Tag.STRIP_OFFSETS, Tag.STRIP_BYTES, Tag.TILE_OFFSETS, Tag.TILE_BYTES):
            if values := page.numbers(tag):
                count = len(values) // number
                parts[tag] = values[plane * count : (plane + 1) * count]
        planes.append(_decoded(page, 1, parts))
    return np.concatenate(planes, axis=2)


def _decoded(page: Page, number: int, parts: Mapping[int, Sequence[int] | None]) -> NDArray[Any]:
    """Decode samples that are stored together, `number` of them for each pixel."""
    width, height = page.size
    tile = page.number(Tag.TILE_WIDTH, 0)
    changes: dict[int, Sequence[int] | None] = {
        Tag.WIDTH: [_bytes_of(width * number, page.bits)],
        Tag.BITS: [8],
        Tag.SAMPLES: [1],
        Tag.PHOTOMETRIC: [Photometric.BLACK_IS_ZERO],
        Tag.PLANAR: [1],
        Tag.PREDICTOR: None,
        Tag.FORMAT: None,
        Tag.EXTRA: None,
        Tag.ORIENTATION: None,
        Tag.NEW_SUBFILE: None,
    }
    if tile:
        changes[Tag.TILE_WIDTH] = [_bytes_of(tile * number, page.bits)]
    rows = _rows_of_bytes(page.declared_anew({**changes, **parts}))
    values = _unpacked(page, rows, number, tile)
    return values[:, : width * number].reshape(height, width, number)


def _bytes_of(samples: int, bits: int) -> int:
    return -(-samples * bits // 8)


def _rows_of_bytes(data: bytes) -> NDArray[np.uint8]:
    from PIL.TiffImagePlugin import TiffImageFile

    with TiffImageFile(io.BytesIO(data), "") as picture:
        return np.array(picture)


def _unpacked(
    page: Page, rows: NDArray[np.uint8], number: int, tile: int
) -> NDArray[Any]:
    """Unpack rows of bytes into samples, undoing the predictor in each row of a tile."""
    predictor = page.number(Tag.PREDICTOR, 1)
    if page.bits not in (8, 16, 32, 64):
        if page.format == SampleFormat.UNSIGNED and page.bits < 32 and predictor == 1:
            return _unpacked_bits(rows, page.bits)
        raise NotImplementedError("unknown pixel mode")
    if predictor == 1:
        return _typed(page, rows)
    wide = _bytes_of(tile * number, page.bits) if tile else rows.shape[1]
    parts = [rows[:, start : start + wide] for start in range(0, rows.shape[1], wide)]
    undo = _undo_fractions if predictor == 3 else _undo_integers
    done = [undo(page, np.ascontiguousarray(part), number) for part in parts]
    return np.concatenate(done, axis=1)


def _typed(page: Page, rows: NDArray[np.uint8]) -> NDArray[Any]:
    return rows.view(f"{page.order}{_LETTERS[SampleFormat(page.format)]}{page.bits // 8}")


def _undo_integers(page: Page, rows: NDArray[np.uint8], number: int) -> NDArray[Any]:
    """Add up the differences of neighbours (TIFF 6.0, section 14), which wrap around."""
    kind = np.dtype(f"{page.order}u{page.bits // 8}")
    steps = rows.view(kind).reshape(len(rows), -1, number)
    sums = np.cumsum(steps, axis=1, dtype=kind.newbyteorder("="))
    whole = np.ascontiguousarray(sums.astype(kind).reshape(len(rows), -1))
    return _typed(page, whole.view(np.uint8))


def _undo_fractions(page: Page, rows: NDArray[np.uint8], number: int) -> NDArray[Any]:
    """Undo the floating-point predictor (Adobe's TIFF Technical Note 3)."""
    size = page.bits // 8
    steps = rows.reshape(len(rows), -1, number)
    sums = np.cumsum(steps, axis=1, dtype=np.uint8).reshape(len(rows), size, -1)
    whole = np.ascontiguousarray(sums.transpose(0, 2, 1)).reshape(len(rows), -1)
    return whole.view(f">f{size}")


def _unpacked_bits(rows: NDArray[np.uint8], bits: int) -> NDArray[np.uint32]:
    """Unpack samples that are not whole bytes; the first bit is the highest."""
    number = rows.shape[1] * 8 // bits
    values = np.zeros((len(rows), number), np.uint32)
    for start in range(0, len(rows), 256):
        part = np.unpackbits(rows[start : start + 256], axis=1)[:, : number * bits]
        for bit in range(bits):
            values[start : start + 256] <<= 1
            values[start : start + 256] |= part[:, bit::bits]
    return values
