"""Reads the samples of TIFF files that Pillow does not, or not right.

Pillow knows TIFF's 8 bits well. Of deeper samples it refuses most kinds, and of the others takes
12 bits for 16 and white for black. Their strips are decoded by Pillow all the same: the file is
declared anew, as one gray picture of bytes, and those are taken apart here.
"""

from __future__ import annotations

import dataclasses
import io
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mien.image.depth import range_of_fractions, range_of_integers, to_eight_bits

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

# Tags of TIFF 6.0.
_NEW_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 254, 256, 257, 258, 259, 262
_FILL_ORDER, _STRIP_OFFSETS, _ORIENTATION, _SAMPLES, _ROWS = 266, 273, 274, 277, 278
_STRIP_BYTES, _MAX_SAMPLE, _PLANAR, _PREDICTOR, _PALETTE = 279, 281, 284, 317, 320
_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES = 322, 323, 324, 325
_SUB_FILES, _EXTRA, _FORMAT, _S_MIN, _S_MAX = 330, 338, 339, 340, 341
_PROFILE, _DNG_VERSION = 34675, 50706

_FOR_PIXELS = frozenset(
    {_NEW_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER}
    | {_STRIP_OFFSETS, _ORIENTATION, _SAMPLES, _ROWS, _STRIP_BYTES, _PLANAR, _PREDICTOR, _PALETTE}
    | {_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES, _EXTRA, _FORMAT}
    | {292, 293, 332, 347, 529, 530, 531, 532}  # of fax, inks, JPEG and YCbCr
)
"""Tags without which the pixels cannot be read right."""

_TYPES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 16: "Q", 17: "q"}
_SIZES = {2: 1, 5: 8, 7: 1, 10: 8, 13: 4, 18: 8} | {
    kind: struct.calcsize(letter) for kind, letter in _TYPES.items()
}
"""Bytes of a value of each type; rationals, texts and the like are kept but not looked into."""

_LONG, _LONG8 = 4, 16
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_UNSIGNED, _SIGNED, _FRACTION = 1, 2, 3
_LOSSLESS = (1, 5, 8, 32946, 32773, 34925, 50000)  # none, LZW, Deflate twice, PackBits, LZMA, zstd
_MOST_PAGES = 10_000
_MOST_SAMPLES = 5  # of a pixel: three colours, opacity and one more


@dataclasses.dataclass(frozen=True)
class _Entry:
    """A tag as the file has it."""

    kind: int
    count: int
    field: bytes
    """The values, or where they are."""


@dataclasses.dataclass(frozen=True)
class Page:
    """The first page of a TIFF file."""

    data: bytes
    order: str
    """``"<"`` or ``">"``: which byte of a number comes first."""
    big: bool
    """Whether the file is a BigTIFF."""
    entries: Mapping[int, _Entry]
    next_page: int
    """Where the next page is described; 0 if there is none."""

    def content(self, tag: int) -> bytes:
        """Return the bytes of a tag's values; none if it is not there or damaged."""
        entry = self.entries.get(tag)
        if entry is None:
            return b""
        size = entry.count * _SIZES[entry.kind]
        if size <= len(entry.field):
            return entry.field[:size]
        place = int.from_bytes(entry.field, "little" if self.order == "<" else "big")
        content = self.data[place : place + size]
        return content if len(content) == size else b""

    def numbers(self, tag: int) -> tuple[Any, ...]:
        """Return the values of a tag; none if it is not there, damaged or not of numbers."""
        content = self.content(tag)
        letter = _TYPES.get(self.entries[tag].kind) if content else None
        if letter is None:
            return ()
        return struct.unpack(f"{self.order}{self.entries[tag].count}{letter}", content)

    def number(self, tag: int, default: int) -> int:
        """Return the first value of a tag as a whole number."""
        return int((self.numbers(tag) or (default,))[0])

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as they are stored."""
        return self.number(_WIDTH, 0), self.number(_HEIGHT, 0)

    @property
    def bits(self) -> int:
        """Bits of a sample; 0 if the samples differ."""
        bits = set(self.numbers(_BITS)) or {1}
        return int(bits.pop()) if len(bits) == 1 else 0

    @property
    def format(self) -> int:
        """Kind of the samples: unsigned, signed or floating-point; 0 if they differ."""
        formats = set(self.numbers(_FORMAT)) or {_UNSIGNED}
        only = int(formats.pop()) if len(formats) == 1 else 0
        return _UNSIGNED if only == 4 else only

    @property
    def is_deep(self) -> bool:
        """Whether the samples are of a kind that is to be read by `read_deep`."""
        shallow = self.format == _UNSIGNED and self.bits in (1, 2, 4, 8)
        return (
            not shallow
            and 0 < self.bits <= 64
            and self.number(_SAMPLES, 1) <= _MOST_SAMPLES
            and self.number(_PHOTOMETRIC, -1) in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB)
            and self.number(_COMPRESSION, 1) in _LOSSLESS
        )

    @property
    def is_raw(self) -> bool:
        """Whether a camera's raw data are in the file, and its first page is a small preview."""
        preview = bool(self.number(_NEW_SUBFILE, 0) & 1) and _SUB_FILES in self.entries
        return preview or _DNG_VERSION in self.entries or self.data[8:10] == b"CR"

    @property
    def is_whole(self) -> bool:
        """Whether every strip or tile lies within the file."""
        offsets = self.numbers(_STRIP_OFFSETS) or self.numbers(_TILE_OFFSETS)
        sizes = self.numbers(_STRIP_BYTES) or self.numbers(_TILE_BYTES)
        ends = [offset + size for offset, size in zip(offsets, sizes, strict=False)]
        return bool(ends) and len(offsets) == len(sizes) and max(ends) <= len(self.data)

    def declared_anew(self, changes: Mapping[int, Sequence[int] | None]) -> bytes:
        """Return the file with a description of what its pixels need alone, as a classic TIFF.

        Parameters
        ----------
        changes
            New values of tags; None leaves a tag out.
        """
        tail = bytearray(len(self.data) % 2)
        table = []
        for tag in sorted(_FOR_PIXELS & (set(self.entries) | set(changes))):
            kind, content = self._new_content(tag, changes)
            count = len(content) // _SIZES[kind]
            if not count:
                continue
            if len(content) > 4:
                place = len(self.data) + len(tail)
                tail += content + bytes(len(content) % 2)
                content = struct.pack(f"{self.order}I", place)
            head = struct.pack(f"{self.order}HHI", tag, kind, count)
            table.append(head + content.ljust(4, b"\0"))
        header = struct.pack(f"{self.order}HI", 42, len(self.data) + len(tail))
        number = struct.pack(f"{self.order}H", len(table))
        return b"".join(
            [self.data[:2], header, self.data[8:], tail, number, *table, bytes(4)]
        )

    def _new_content(
        self, tag: int, changes: Mapping[int, Sequence[int] | None]
    ) -> tuple[int, bytes]:
        """Return the type and the bytes of a tag in a classic TIFF."""
        long = tag in self.entries and self.entries[tag].kind == _LONG8
        if tag not in changes and not long:
            return self.entries[tag].kind, self.content(tag)
        values = (changes[tag] or ()) if tag in changes else self.numbers(tag)
        return _LONG, struct.pack(f"{self.order}{len(values)}I", *values)


def first_page(data: bytes) -> Page | None:
    """Return the first page of a TIFF file; None if it is none, or has no readable one."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 16:
        return None
    (version,) = struct.unpack_from(f"{order}H", data, 2)
    if version not in (42, 43):
        return None
    big = version == 43
    (place,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
    return _page_at(data, place, order, big)


def _page_at(data: bytes, place: int, order: str, big: bool) -> Page | None:
    letters = "Q" if big else "I"
    wide = 8 if big else 4
    head = struct.Struct(f"{order}HH{letters}")
    try:
        (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, place)
        place += 8 if big else 2
        entries: dict[int, _Entry] = {}
        for _ in range(min(count, 4096)):
            tag, kind, number = head.unpack_from(data, place)
            field = data[place + head.size : place + head.size + wide]
            place += head.size + wide
            if kind in _SIZES and len(field) == wide:
                entries.setdefault(tag, _Entry(kind, number, field))
    except struct.error:
        return None
    end = data[place : place + wide]
    following = struct.unpack(order + letters, end)[0] if len(end) == wide else 0
    return Page(data, order, big, entries, following)


def count_pages(path: Path) -> int:
    """Return how many pages a TIFF file has; 1 for any other file, or one that is not readable."""
    try:
        with path.open("rb") as file:
            if file.read(4) not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
                return 1
            file.seek(0)
            data = file.read()
    except OSError:
        return 1
    page, seen = first_page(data), {0}
    while page is not None and page.next_page not in seen and len(seen) < _MOST_PAGES:
        seen.add(page.next_page)
        page = _page_at(data, page.next_page, page.order, page.big)
    return len(seen)


def read_deep(page: Page) -> PillowImage:
    """Decode a page whose samples are deep (`Page.is_deep`).

    The range of the samples is the one that the file declares: by the bits of a sample, or where
    ``MaxSampleValue`` or ``SMaxSampleValue`` tells a smaller depth than that of the container,
    by these. For 32-bit integers, signed ones and fractions, which say nothing by their bits, it
    is what holds the samples (see `mien.image.depth`).

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
    colours = 3 if page.number(_PHOTOMETRIC, 1) == _RGB else 1
    samples = _samples(page)
    low, high = _range(page, samples[..., :colours])
    inverted = page.number(_PHOTOMETRIC, 1) == _WHITE_IS_ZERO
    layers = [to_eight_bits(samples[..., :colours], low, high, inverted)]
    if samples.shape[2] > colours and page.number(_EXTRA, 0) in (1, 2):
        opacity = samples[..., colours : colours + 1]
        layers.append(to_eight_bits(opacity, *_range(page, opacity)))
    pixels = np.concatenate(layers, axis=2)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    picture.getexif()[_ORIENTATION] = page.number(_ORIENTATION, 1)
    if profile := page.content(_PROFILE):
        picture.info["icc_profile"] = profile
    return picture


def _range(page: Page, samples: NDArray[Any]) -> tuple[float, float]:
    """Return the values that are black and white, as the file declares or has them."""
    smallest, largest = page.numbers(_S_MIN), page.numbers(_S_MAX)
    if page.format == _FRACTION:
        both = (float(min(smallest)), float(max(largest))) if smallest and largest else None
        return range_of_fractions(samples, both)
    declared = largest or page.numbers(_MAX_SAMPLE)
    told = page.format == _UNSIGNED and page.bits < 32
    return range_of_integers(
        samples, page.bits if told else None, float(max(declared)) if declared else None
    )


def _samples(page: Page) -> NDArray[Any]:
    """Decode the strips or tiles to ``[H, W, samples]``."""
    number = page.number(_SAMPLES, 1)
    if page.number(_PLANAR, 1) == 1 or number == 1:
        return _decoded(page, number, {})
    planes = []
    for plane in range(number):
        parts: dict[int, Sequence[int] | None] = {}
        for tag in (_STRIP_OFFSETS, _STRIP_BYTES, _TILE_OFFSETS, _TILE_BYTES):
            if values := page.numbers(tag):
                each = len(values) // number
                parts[tag] = values[plane * each : (plane + 1) * each]
        planes.append(_decoded(page, 1, parts))
    return np.concatenate(planes, axis=2)


def _decoded(page: Page, number: int, parts: Mapping[int, Sequence[int] | None]) -> NDArray[Any]:
    """Decode so many samples a pixel that are stored together."""
    width, height = page.size
    tile = page.number(_TILE_WIDTH, 0)
    changes: dict[int, Sequence[int] | None] = {
        _WIDTH: [_bytes_of(width * number, page.bits)],
        _BITS: [8],
        _SAMPLES: [1],
        _PHOTOMETRIC: [_BLACK_IS_ZERO],
        _PLANAR: [1],
        _PREDICTOR: None,
        _FORMAT: None,
        _EXTRA: None,
        _ORIENTATION: None,
        _NEW_SUBFILE: None,
    }
    if tile:
        changes[_TILE_WIDTH] = [_bytes_of(tile * number, page.bits)]
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
    """Take rows of bytes apart into samples, undoing the predictor in each tile's row."""
    predictor = page.number(_PREDICTOR, 1)
    if page.bits not in (8, 16, 32, 64):
        if page.format == _UNSIGNED and page.bits < 32 and predictor == 1:
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
    letter = {_UNSIGNED: "u", _SIGNED: "i", _FRACTION: "f"}[page.format]
    return rows.view(f"{page.order}{letter}{page.bits // 8}")


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
    """Take samples apart that do not end with a byte; the first bit is the highest."""
    number = rows.shape[1] * 8 // bits
    values = np.zeros((len(rows), number), np.uint32)
    for start in range(0, len(rows), 256):
        part = np.unpackbits(rows[start : start + 256], axis=1)[:, : number * bits]
        for bit in range(bits):
            values[start : start + 256] <<= 1
            values[start : start + 256] |= part[:, bit::bits]
    return values
