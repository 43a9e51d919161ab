"""Reads and rewrites the description of the first page of a TIFF file."""

from __future__ import annotations

import dataclasses
import enum
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class Tag(enum.IntEnum):
    """Tags of TIFF 6.0, and of what came later."""

    NEW_SUBFILE = 254
    WIDTH = 256
    HEIGHT = 257
    BITS = 258
    COMPRESSION = 259
    PHOTOMETRIC = 262
    FILL_ORDER = 266
    STRIP_OFFSETS = 273
    ORIENTATION = 274
    SAMPLES = 277
    ROWS = 278
    STRIP_BYTES = 279
    MAX_SAMPLE = 281
    PLANAR = 284
    PREDICTOR = 317
    PALETTE = 320
    TILE_WIDTH = 322
    TILE_HEIGHT = 323
    TILE_OFFSETS = 324
    TILE_BYTES = 325
    SUB_FILES = 330
    EXTRA = 338
    FORMAT = 339
    S_MIN = 340
    S_MAX = 341
    PROFILE = 34675
    DNG_VERSION = 50706


class Photometric(enum.IntEnum):
    """What the samples of a pixel are."""

    WHITE_IS_ZERO = 0
    BLACK_IS_ZERO = 1
    RGB = 2


class SampleFormat(enum.IntEnum):
    """What the bits of a sample are."""

    UNSIGNED = 1
    SIGNED = 2
    FRACTION = 3


_METADATA = {Tag.MAX_SAMPLE, Tag.SUB_FILES, Tag.S_MIN, Tag.S_MAX, Tag.PROFILE, Tag.DNG_VERSION}

# The numbers are tags of fax, inks, JPEG and YCbCr.
_FOR_PIXELS = set(Tag) - _METADATA | {292, 293, 332, 347, 529, 530, 531, 532}
"""Tags without which the pixels cannot be read right."""

_TYPES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 16: "Q", 17: "q"}
_SIZES = {2: 1, 5: 8, 7: 1, 10: 8, 13: 4, 18: 8} | {
    kind: struct.calcsize(letter) for kind, letter in _TYPES.items()
}
"""Bytes of a value of each type; rationals, texts and the like are kept but not interpreted."""

_LONG, _LONG8 = 4, 16
_UNDEFINED = 4  # a sample's format, which other readers take for unsigned too
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
    """Where the next page is described; 0 for the last page."""

    def content(self, tag: int) -> bytes:
        """Return the bytes of a tag's values; empty if it is missing or damaged."""
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
        """Return the values of a tag; empty if it is missing, damaged or not numeric."""
        content = self.content(tag)
        letter = _TYPES.get(self.entries[tag].kind) if content else None
        if letter is None:
            return ()
        return struct.unpack(f"{self.order}{self.entries[tag].count}{letter}", content)

    def number(self, tag: int, default: int) -> int:
        """Return the first value of a tag that is a whole number."""
        return self._only(self.numbers(tag)[:1], default)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as they are stored."""
        return self.number(Tag.WIDTH, 0), self.number(Tag.HEIGHT, 0)

    @property
    def bits(self) -> int:
        """Bits of a sample; 0 if the samples differ."""
        return self._only(self.numbers(Tag.BITS), 1)

    @property
    def format(self) -> int:
        """Kind of the samples, as in `SampleFormat`; 0 if they differ."""
        kind = self._only(self.numbers(Tag.FORMAT), SampleFormat.UNSIGNED)
        return SampleFormat.UNSIGNED if kind == _UNDEFINED else kind

    @staticmethod
    def _only(values: Sequence[object], default: int) -> int:
        """Return the value that all share: the default if there are no values, 0 if they differ."""
        different = set(values) or {default}
        value = different.pop()
        return value if isinstance(value, int) and not different else 0

    @property
    def is_deep(self) -> bool:
        """Whether the samples are of a kind that `read_deep` reads."""
        shallow = self.format == SampleFormat.UNSIGNED and self.bits in (1, 2, 4, 8)
        return (
            not shallow
            and 0 < self.bits <= 64
            and self.number(Tag.SAMPLES, 1) <= _MOST_SAMPLES
            and self.number(Tag.PHOTOMETRIC, -1) in set(Photometric)
            and self.number(Tag.COMPRESSION, 1) in _LOSSLESS
        )

    @property
    def is_raw(self) -> bool:
        """Whether the file holds a camera's raw data, and its first page is only a preview."""
        preview = bool(self.number(Tag.NEW_SUBFILE, 0) & 1) and Tag.SUB_FILES in self.entries
        return preview or Tag.DNG_VERSION in self.entries or self.data[8:10] == b"CR"

    @property
    def is_whole(self) -> bool:
        """Whether every strip or tile lies within the file."""
        offsets = self.numbers(Tag.STRIP_OFFSETS) or self.numbers(Tag.TILE_OFFSETS)
        sizes = self.numbers(Tag.STRIP_BYTES) or self.numbers(Tag.TILE_BYTES)
        ends = [offset + size for offset, size in zip(offsets, sizes, strict=False)]
        return bool(ends) and len(offsets) == len(sizes) and max(ends) <= len(self.data)

    def declared_anew(self, changes: Mapping[int, Sequence[int] | None]) -> bytes:
        """Return the file as a classic TIFF that describes only what its pixels need.

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
    """Return the first page of a TIFF file; None if it is not a TIFF or has no readable page."""
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
    if place > len(data):
        return None
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
    """Return how many pages a TIFF file has; 1 for other and unreadable files."""
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
