"""The seven expressions, in FER-2013's order."""

from __future__ import annotations

import enum


class Expression(enum.IntEnum):
    """One of FER-2013's seven classes; the value is the class number.

    The names are the ones used in every file that mien reads or writes, so
    ``Expression["happy"]`` and ``Expression(3)`` are the same member.
    """

    angry = 0
    disgust = 1
    fear = 2
    happy = 3
    sad = 4
    surprise = 5
    neutral = 6

    def __str__(self) -> str:
        return self.name

    @property
    def emoji(self) -> str:
        """The expression as one Unicode emoji."""
        return _EMOJI[self]

    @property
    def colour(self) -> tuple[int, int, int]:
        """RGB colour, 0 to 255, that stands for the expression in figures and on pictures."""
        return _COLOUR[self]


_EMOJI = ("😠", "🤢", "😨", "😄", "😢", "😲", "😐")

# Okabe and Ito's palette (2008), told apart with any colour vision; yellow stays
# for happy, and neutral takes a grey.
_COLOUR = (
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (240, 228, 66),
    (0, 114, 178),
    (230, 159, 0),
    (153, 153, 153),
)

NAMES: tuple[str, ...] = tuple(expression.name for expression in Expression)
"""The seven names, in class order."""
