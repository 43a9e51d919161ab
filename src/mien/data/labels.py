"""Turns the words and numbers that data sets use into class numbers and splits."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from mien.classes import FER2013, NAMES, Vocabulary

FER2013_WORDS: Mapping[str, int] = {name: number for number, name in enumerate(NAMES)} | {
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
"""FER-2013's classes by the words, in small letters, that data sets call them by."""

_PREFIXES = {"training_": "train", "publictest_": "public", "privatetest_": "private"}

_FOLDERS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
    "public": "public",
    "publictest": "public",
    "private": "private",
    "privatetest": "private",
}


def label_of_name(name: str, vocabulary: Vocabulary = FER2013) -> int | None:
    """Return the number of the class that a word stands for; None if it is not a class.

    FER-2013's classes have synonyms, such as ``happiness``. Numbers are not words: a folder
    called ``1`` is another class in almost every data set.
    """
    return _words(vocabulary).get(name.strip().lower())


def label_of_value(value: object, vocabulary: Vocabulary = FER2013) -> int | None:
    """Return the number of the class that a table's cell stands for: a number or a name."""
    if isinstance(value, str):
        label = label_of_name(value, vocabulary)
        if label is not None or not value.strip().isdecimal():
            return label
    if not isinstance(value, (int, str)) or isinstance(value, bool):
        return None
    try:
        number = int(value)
    except ValueError:
        # It has thousands of digits, or ends with a separator that int() does not strip.
        return None
    return number if 0 <= number < len(vocabulary) else None


@functools.lru_cache(maxsize=16)
def _words(vocabulary: Vocabulary) -> Mapping[str, int]:
    """Return the class numbers by word, in small letters."""
    if vocabulary.is_fer2013:
        return FER2013_WORDS
    return {name.strip().lower(): number for number, name in enumerate(vocabulary.names)}


def split_of_usage(usage: str) -> str | None:
    """Return the split that a table's usage or a folder's name stands for, if any."""
    return _FOLDERS.get(usage.strip().lower())


def split_of_path(parts: Sequence[str]) -> str:
    """Return the split of a picture: its file name's prefix counts before its folders."""
    file = parts[-1].lower()
    for prefix, split in _PREFIXES.items():
        if file.startswith(prefix):
            return split
    # The folder nearest to the picture wins, since a wrapper may be called anything.
    splits = (_FOLDERS.get(part.lower()) for part in reversed(parts[:-1]))
    return next((split for split in splits if split), "all")
