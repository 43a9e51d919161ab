"""The classes that a network tells apart: their names, emoji and colours."""

from __future__ import annotations

import colorsys
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, SupportsIndex

from mien.arguments import checked
from mien.errors import DataError
from mien.signs import is_sign

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

MAX_CLASSES = 100
"""Most classes of a vocabulary: labels are stored as ``int8``, and figures stay legible."""

SEPARATOR = "|"
"""Separates the classes of a prediction set in tables, so no class name may contain it."""


class Expression(str):
    """One class of a vocabulary: a string that also knows its emoji, colour and number.

    It equals its name, so ``face.expression == "happy"`` holds, and works wherever a string does.
    ``Expression("happy")`` returns one of FER-2013's seven; those of other vocabularies come from
    the `Vocabulary`.

    Raises
    ------
    DataError
        If only a name is given and FER-2013 has no such class.

    Examples
    --------
    >>> happy = mien.Expression("happy")
    >>> happy == "happy", happy.emoji, happy.number
    (True, '😄', 3)
    """

    number: int
    """Place in the vocabulary, from 0; the class number of labels and logits."""
    emoji: str
    """The expression as Unicode emoji."""
    colour: Colour
    """The colour of the expression in figures and on pictures."""

    def __new__(
        cls,
        name: str,
        number: int | None = None,
        emoji: str = "",
        colour: Colour = (153, 153, 153),
    ) -> Expression:
        """Make an expression from all its parts, or look up one of FER-2013's by name."""
        if number is None:
            return FER2013[str(name)]
        self = super().__new__(cls, name)
        self.number = number
        self.emoji = emoji
        self.colour = colour
        return self

    @property
    def name(self) -> str:
        """The name as a plain string."""
        return str.__str__(self)

    def __repr__(self) -> str:
        return f"Expression({str.__repr__(self)})"

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        return Expression, (self.name, self.number, self.emoji, self.colour)


@dataclasses.dataclass(frozen=True)
class Vocabulary:
    """The classes of a data set or a network, in the order of their numbers.

    Iterating yields each `Expression`; ``vocabulary[3]`` and ``vocabulary["happy"]`` return one.

    Raises
    ------
    DataError
        If there are fewer than two classes or more than `MAX_CLASSES`, a name is empty, occurs
        twice or has a `SEPARATOR` or a line break in it, there are not as many emoji and
        colours as names, or an emoji is neither one sign nor two letters (`is_sign`).

    Examples
    --------
    >>> states = mien.Vocabulary.named(["awake", "tired"], emoji={"tired": "😴"})
    >>> states["tired"].emoji, states[1].number, len(states)
    ('😴', 1, 2)
    """

    names: tuple[str, ...]
    emoji: tuple[str, ...]
    colours: tuple[Colour, ...]

    def __post_init__(self) -> None:
        if not 2 <= len(self.names) <= MAX_CLASSES:
            raise DataError(
                f"Expected 2 to {MAX_CLASSES} classes, got {len(self.names)}"
                f"{': ' if self.names else ''}{', '.join(self.names[:5])}.",
                "Lay the pictures out in one folder for each class.",
            )
        if not all(name.strip() for name in self.names) or len(set(self.names)) < len(self.names):
            raise DataError(
                f"Expected different class names, got {', '.join(map(repr, self.names))}.",
                "Rename or merge the classes of the same name.",
            )
        for name in self.names:
            if SEPARATOR in name or len(name.splitlines()) > 1:
                raise DataError(
                    f"Expected class names without {SEPARATOR!r} and line breaks, got {name!r}:"
                    f" tables of prediction sets write {SEPARATOR!r} between classes.",
                    "Rename the class.",
                )
        if not len(self.names) == len(self.emoji) == len(self.colours):
            raise DataError(
                f"Expected an emoji and a colour for each of {len(self.names)} classes, got"
                f" {len(self.emoji)} and {len(self.colours)}.",
                "Use Vocabulary.named, which fills in what is missing.",
            )
        for name, sign in zip(self.names, self.emoji, strict=True):
            if not is_sign(sign):
                raise DataError(
                    f"Expected one emoji or up to two letters for the class {name!r}, got"
                    f" {sign[:40]!r}.",
                    "Write one emoji, or leave it out for a default.",
                )

    @classmethod
    @checked
    def named(
        cls,
        names: Sequence[str],
        emoji: Mapping[str, str] | None = None,
        colours: Mapping[str, Colour] | None = None,
    ) -> Vocabulary:
        """Make a vocabulary, with default emoji and colours for the classes without one.

        Parameters
        ----------
        names
            Class names in order.
        emoji, colours
            By name, for some or all of the classes.
        """
        emoji, colours = emoji or {}, colours or {}
        numbered = list(enumerate(names))
        return cls(
            tuple(names),
            tuple(emoji.get(name) or _default_emoji(name, number) for number, name in numbered),
            tuple(colours.get(name) or _default_colour(name, number) for number, name in numbered),
        )

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Expression]:
        return (self[number] for number in range(len(self.names)))

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __getitem__(self, key: int | str) -> Expression:
        if isinstance(key, str):
            return self[self.index(key)]
        number = range(len(self))[key]
        return Expression(self.names[number], number, self.emoji[number], self.colours[number])

    @property
    def is_fer2013(self) -> bool:
        """Whether the classes are FER-2013's seven in its order, whatever their emoji."""
        return self.names == NAMES

    def index(self, name: str) -> int:
        """Return the number of a class.

        Raises
        ------
        DataError
            If there is no such class.
        """
        try:
            return self.names.index(name)
        except ValueError:
            raise DataError(
                f"There is no class {str(name)[:40]!r}.", f"Use one of {self.in_words()}."
            ) from None

    def in_words(self) -> str:
        """Return the names as part of a sentence: ``"angry, disgust and fear"``."""
        return f"{', '.join(self.names[:-1])} and {self.names[-1]}"

    def to_list(self) -> list[dict[str, str]]:
        """Return the classes as JSON: name, emoji, and colour as ``"#rrggbb"``."""
        return [
            {"name": item.name, "emoji": item.emoji, "colour": to_hex(item.colour)}
            for item in self
        ]

    @classmethod
    def from_list(cls, classes: Sequence[Mapping[str, str]]) -> Vocabulary:
        """Make a vocabulary from what `to_list` returned; emoji and colours may be missing.

        Raises
        ------
        DataError
            If a class lacks its name, or a colour is not ``"#rrggbb"``.
        """
        try:
            return cls.named(
                [_text(item["name"]) for item in classes],
                {item["name"]: _text(item["emoji"]) for item in classes if "emoji" in item},
                {item["name"]: from_hex(item["colour"]) for item in classes if "colour" in item},
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise DataError(
                "Expected a list of classes, each with name, emoji and colour.",
                'Write each as {"name": "happy", "emoji": "😄", "colour": "#f0e442"}.',
            ) from error


def to_hex(colour: Colour) -> str:
    """Write a colour as ``"#rrggbb"``."""
    return "#" + "".join(f"{value:02x}" for value in colour)


def from_hex(text: str) -> Colour:
    """Read a colour from ``"#rrggbb"``.

    Raises
    ------
    DataError
        If the text is not such a colour.
    """
    digits = text.removeprefix("#")
    try:
        red, green, blue = bytes.fromhex(digits)
    except ValueError as error:
        raise DataError(
            f"Expected a colour such as #33aa55, got {text!r}.",
            "Write red, green and blue in two hexadecimal digits each.",
        ) from error
    return red, green, blue


def _text(value: object) -> str:
    """Return a value of a file that must be text."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


_OKABE_ITO: dict[str, tuple[str, Colour]] = {
    # Okabe and Ito's palette (2008), distinct for any colour vision; happy has the yellow, and
    # neutral a gray.
    "angry": ("😠", (213, 94, 0)),
    "disgust": ("🤢", (0, 158, 115)),
    "fear": ("😨", (204, 121, 167)),
    "happy": ("😄", (240, 228, 66)),
    "sad": ("😢", (0, 114, 178)),
    "surprise": ("😲", (230, 159, 0)),
    "neutral": ("😐", (153, 153, 153)),
}

_WORDS = {
    "contempt": "😒",
    "awake": "🙂",
    "alert": "🙂",
    "calm": "😌",
    "smile": "😄",
    "smiling": "😄",
    "laughing": "😆",
    "tired": "😪",
    "drowsy": "😪",
    "sleepy": "😪",
    "asleep": "😴",
    "sleeping": "😴",
    "yawn": "🥱",
    "yawning": "🥱",
    "confused": "😕",
    "bored": "😑",
    "pain": "😣",
    "wink": "😉",
    "crying": "😭",
    "kiss": "😗",
    "shocked": "😲",
}
"""Emoji for words that people name classes after."""

_CIRCLES = "🔵🟠🟢🟣🟡🔴🟤⚪⚫"
"""Emoji for other classes, in the order of `_PALETTE`."""

_PALETTE: tuple[Colour, ...] = (
    (0, 114, 178),
    (230, 159, 0),
    (0, 158, 115),
    (204, 121, 167),
    (240, 228, 66),
    (213, 94, 0),
    (140, 86, 75),
    (170, 170, 170),
    (70, 70, 70),
)


def _default_emoji(name: str, number: int) -> str:
    """Choose an emoji by the name, or else a coloured circle, or else letters.

    Letters follow the columns of a spreadsheet, so that no two classes have the same.
    """
    word = name.strip().lower()
    if word in _OKABE_ITO:
        return _OKABE_ITO[word][0]
    if word in _WORDS or number < len(_CIRCLES):
        return _WORDS.get(word) or _CIRCLES[number]
    first, last = divmod(number, 26)
    return (chr(ord("A") + first - 1) if first else "") + chr(ord("A") + last)


def _default_colour(name: str, number: int) -> Colour:
    """Choose a colour by the name, or else by the number."""
    word = name.strip().lower()
    if word in _OKABE_ITO:
        return _OKABE_ITO[word][1]
    if number < len(_PALETTE):
        return _PALETTE[number]
    # Steps of the golden ratio keep any number of hues distinct.
    red, green, blue = colorsys.hsv_to_rgb(number * 0.618034 % 1, 0.55, 0.8)
    return round(red * 255), round(green * 255), round(blue * 255)


FER2013 = Vocabulary.named(tuple(_OKABE_ITO))
"""FER-2013's seven classes, numbered 0 (angry) to 6 (neutral)."""

NAMES: tuple[str, ...] = FER2013.names
"""FER-2013's seven names; for code that is about FER-2013 itself, such as its readers and FER+."""
