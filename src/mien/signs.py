"""Tells what can serve as the emoji of a class: one emoji or symbol, or two letters."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 16
"""Code points; a family with skin tones takes 11."""

_JOINER = "\u200d"

_EXTEND = r"[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\u0300-\u036f]*"
"""What follows a symbol and belongs to it: styles, a keycap, skin tones, tags of flags, accents."""

_SIGN = rf"(?:[\U0001f1e6-\U0001f1ff]{{2}}|[^\s\u200d\ufe0e\ufe0f\u20e3]){_EXTEND}"
"""A symbol, or the two letters of a flag, with what belongs to it."""

_ONE = re.compile(rf"{_SIGN}(?:{_JOINER}{_SIGN})*")
"""Like Unicode's extended grapheme clusters (UAX 29), as far as emoji need them."""

_LETTERS = {"L", "N", "P"}
_STARTLESS = {"C", "M", "Z"}
"""Kinds of characters that are not symbols by themselves: controls, marks and spaces."""


def is_sign(text: str) -> bool:
    """Return whether a text is one emoji or symbol, or two letters, digits or marks like ":)".

    Joined emoji, flags, skin tones and styles count as one. Control characters and spaces do not
    count, since terminals act on them, nor do longer texts, since labels have no room for them.
    """
    if not 1 <= len(text) <= _LONGEST:
        return False
    composed = unicodedata.normalize("NFC", text)
    bases = re.sub(rf"{_EXTEND}{_JOINER}?", "", composed) or composed
    if any(unicodedata.category(sign)[0] in _STARTLESS and not _is_new(sign) for sign in bases):
        return False
    if len(composed) == 2 and all(_is_letter(sign) for sign in composed):
        return True
    return _ONE.fullmatch(composed) is not None


def _is_letter(sign: str) -> bool:
    return unicodedata.category(sign)[0] in _LETTERS or sign in "^+<=>|~"


def _is_new(sign: str) -> bool:
    """Return whether this Python's Unicode lacks a character, as it does the newest emoji."""
    return unicodedata.category(sign) == "Cn" and ord(sign) >= 0x1F000
