"""Decides which classes a data set has, from ``classes.toml`` or from the words it uses."""

from __future__ import annotations

import difflib
import tomllib
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from mien.classes import FER2013, Colour, Vocabulary, from_hex
from mien.data.labels import FER2013_WORDS, label_of_name
from mien.errors import DataError
from mien.signs import is_sign
from mien.words import counted

CLASSES_FILE = "classes.toml"
"""Names, order, emoji and colours of the classes, in the root of a tree or a zip."""

_KEYS = ("emoji", "colour")
_ALIKE = 0.75
"""Least similarity (difflib's ratio) of a word that is taken for a misspelt one."""

_FIX = 'Write one table for each class: [awake], and below it emoji = "🙂" and colour = "#33aa55".'

_QUOTES = 'Put names with spaces, umlauts or other signs in quotes: ["fast asleep"], ["müde"].'


def vocabulary_of_words(path: Path, words: Collection[str]) -> Vocabulary:
    """Return the classes that a data set's words name.

    Words that are all FER-2013's names or synonyms mean FER-2013's seven classes; any others
    are classes of the data set's own, sorted by name.

    Parameters
    ----------
    path
        The data set, for messages.
    words
        The names of its class folders, or its labels.

    Raises
    ------
    DataError
        If two words differ only in case, one looks like a misspelt name of FER-2013's, or there
        is only one class or too many.
    """
    unknown = sorted(word for word in words if label_of_name(word) is None)
    if not unknown:
        return FER2013
    _check_case(path, words)
    if len(unknown) < len(words):
        _check_spelling(path, unknown, words)
    return _named(path, sorted(words))


def vocabulary_of_names(path: Path, names: Collection[str]) -> Vocabulary:
    """Return the classes that a file lists in an order of its own, with default emoji.

    Raises
    ------
    DataError
        As `vocabulary_of_words` does.
    """
    if all(label_of_name(name) is not None for name in names):
        return FER2013
    vocabulary_of_words(path, set(names))
    return _named(path, list(names))


def parse_classes(data: bytes, file: str, folders: Collection[str] = ()) -> Vocabulary:
    """Read classes.toml.

    Parameters
    ----------
    data
        Its content: a table for each class, in the order of the class numbers, with ``emoji``
        and ``colour``, or without for defaults.
    file
        Where it is, for messages.
    folders
        Names of the folders with pictures beside it, for the message if it lists too few.

    Raises
    ------
    DataError
        If it is damaged.
    """
    try:
        tables = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"Expected TOML in {file}, got something else: {error}.", f"{_FIX} {_QUOTES}"
        ) from error
    _check_complete(file, [normal(name) for name in tables], folders)
    emoji: dict[str, str] = {}
    colours: dict[str, Colour] = {}
    for name, table in tables.items():
        _check_table(file, name, table)
        if "emoji" in table:
            emoji[normal(name)] = table["emoji"]
        if "colour" in table:
            colours[normal(name)] = _colour(file, name, table["colour"])
    return _named(Path(file), [normal(name) for name in tables], emoji, colours)


def _check_complete(file: str, names: Sequence[str], folders: Collection[str]) -> None:
    """Refuse a list of fewer than two classes if folders show that there are more."""
    others = sorted(set(folders) - set(names))
    if len(names) < 2 and others:
        listed = f"{counted(len(names), 'class', 'classes')}{': ' if names else ''}"
        named = ", ".join(map(repr, others[:5]))
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        raise DataError(
            f"Expected all classes in {file}, got {listed}{', '.join(names)}. There are also"
            f" pictures in {named}{more}.",
            f"Add {'it' if len(others) == 1 else 'them'}, or remove the file: then the folders'"
            " names are the classes.",
        )


def normal(name: str) -> str:
    """Compose a name's accents, which macOS writes apart from their letters."""
    return unicodedata.normalize("NFC", name)


def _check_case(path: Path, words: Collection[str]) -> None:
    """Refuse names that only some systems tell apart."""
    seen: dict[str, str] = {}
    for word in sorted(words):
        other = seen.setdefault(word.strip().casefold(), word)
        if other != word:
            raise DataError(
                f"The classes {other!r} and {word!r} in {path} differ only in case or spaces.",
                "Give them the same name, or names that differ in letters.",
            )


def _check_spelling(path: Path, unknown: Collection[str], words: Collection[str]) -> None:
    """Refuse a word that looks like one of FER-2013's classes that is otherwise missing."""
    present = {label_of_name(word) for word in words}
    missing = [word for word, label in FER2013_WORDS.items() if label not in present]
    for word in unknown:
        close = difflib.get_close_matches(word.strip().lower(), missing, 1, _ALIKE)
        if close:
            name = FER2013.names[FER2013_WORDS[close[0]]]
            raise DataError(
                f"{path} has a class {word!r} among FER-2013's; did you mean {name!r}?",
                f"Rename it, or if it is a class of your own, list the classes in {CLASSES_FILE}.",
            )


def _check_table(file: str, name: str, table: Any) -> None:
    """Refuse what is not the table of a class."""
    if not isinstance(table, dict):
        raise DataError(
            f"Expected one table for each class in {file}, got {name} = {str(table)[:40]!r}.", _FIX
        )
    unknown = [key for key in table if key not in _KEYS]
    if unknown:
        raise DataError(
            f"The class {name!r} in {file} has the key {unknown[0]!r}, not emoji or colour.", _FIX
        )
    emoji = table.get("emoji", "?")
    if not isinstance(emoji, str) or not is_sign(emoji):
        raise DataError(
            f"Expected one emoji or up to two letters for the class {name!r} in {file}, got"
            f" {str(emoji)[:40]!r}.",
            _FIX,
        )


def _colour(file: str, name: str, value: object) -> Colour:
    """Read a colour such as ``"#33aa55"``."""
    try:
        return from_hex(value if isinstance(value, str) else repr(value))
    except DataError as error:
        raise DataError(f"In the class {name!r} of {file}: {error.problem}", _FIX) from error


def _named(
    path: Path,
    names: Sequence[str],
    emoji: Mapping[str, str] | None = None,
    colours: Mapping[str, Colour] | None = None,
) -> Vocabulary:
    """Make a vocabulary; an error says where its names come from."""
    try:
        return Vocabulary.named(names, emoji, colours)
    except DataError as error:
        raise DataError(f"In {path}: {error.problem}", error.fix) from error
