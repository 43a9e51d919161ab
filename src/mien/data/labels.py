"""Turns the names and numbers that data sets use into FER-2013's classes and splits."""

from __future__ import annotations

from collections.abc import Sequence

from mien.classes import NAMES

_SYNONYMS = {name: number for number, name in enumerate(NAMES)} | {
    word: NAMES.index(name)
    for name, words in {
        "angry": ("anger",),
        "disgust": ("disgusted", "disgusting"),
        "fear": ("fearful", "afraid", "scared"),
        "happy": ("happiness", "joy"),
        "sad": ("sadness",),
        "surprise": ("surprised", "suprise", "surprize"),
        "neutral": ("neutrality",),
    }.items()
    for word in words
}

_PREFIXES = {"training_": "train", "publictest_": "public", "privatetest_": "private"}

_FOLDERS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "public": "public",
    "publictest": "public",
    # What others call validation is what mien chooses on, which is PublicTest.
    "val": "public",
    "valid": "public",
    "validation": "public",
    "private": "private",
    "privatetest": "private",
}

CLASSES = f"{', '.join(NAMES[:-1])} and {NAMES[-1]}"
"""The seven class names as part of a sentence."""


def label_of_name(name: str) -> int | None:
    """Find the class a word stands for; None if for none.

    Numbers are not words: a folder called ``1`` is another class in almost every data set.
    """
    return _SYNONYMS.get(name.strip().lower())


def label_of_value(value: object) -> int | None:
    """Find the class a table's cell stands for: a number from 0 to 6, or a class's name."""
    if isinstance(value, str) and not value.strip().isdecimal():
        return label_of_name(value)
    if not isinstance(value, (int, str)) or isinstance(value, bool):
        return None
    number = int(value)
    return number if 0 <= number < len(NAMES) else None


def split_of_usage(usage: str) -> str | None:
    """Find the split that a table's usage stands for; None if for none."""
    return _FOLDERS.get(usage.strip().lower())


def split_of_path(parts: Sequence[str]) -> str:
    """Find the split of a picture: its file name's prefix counts before its folders."""
    file = parts[-1].lower()
    for prefix, split in _PREFIXES.items():
        if file.startswith(prefix):
            return split
    # The folder nearest to the picture wins, since a wrapper may be called anything.
    splits = (_FOLDERS.get(part.lower()) for part in reversed(parts[:-1]))
    return next((split for split in splits if split), "all")
