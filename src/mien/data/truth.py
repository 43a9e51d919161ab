"""Finds the expressions that photos are known to show, from their folders or a manifest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mien.classes import FER2013, Expression, Vocabulary
from mien.data.join import read_lines, with_faces
from mien.data.labels import label_of_name, label_of_value
from mien.errors import DataError
from mien.json_text import from_json

_FIX = (
    "Write a CSV with the columns file and expression, or JSON such as"
    ' {"party.jpg": "happy"} or [{"file": "party.jpg", "expression": "happy"}].'
)

_ONCE = "Keep one entry for each photo."

_SCORES = {"confusion", "recall"}
"""Keys of the scores that mien evaluate writes, which are not true expressions."""

_READ = {"source", "faces"}
"""Keys of the pictures that mien detect writes."""

_Stated = Mapping[str, Expression | None]
"""What a manifest states about each file that it names; None where it leaves that open."""


def find_truths(
    photos: Sequence[Path],
    manifest: Path | None = None,
    vocabulary: Vocabulary = FER2013,
) -> dict[Path, Expression]:
    """Find the expressions that photos are known to show.

    A manifest decides for the photos that it names, also where it states nothing; for the others
    the folder that they are in decides, if it is called after a class, such as ``angry``.

    Parameters
    ----------
    photos
        Paths of the photos.
    manifest
        CSV with the columns ``file`` and ``expression``, or JSON with the same as objects or as
        one mapping. A file is named as the photo is, or from the manifest's folder, or by its
        bare name where only one of the photos has it.
    vocabulary
        The classes that there are, such as the network's.

    Returns
    -------
    dict
        The expression of each photo for which one is known.

    Raises
    ------
    DataError
        If the manifest is not such a file, names an unknown expression, a photo twice or none of
        the photos, or means two of them by one name.
    """
    truths = {photo: _of_folder(photo, vocabulary) for photo in photos}
    if manifest is not None:
        truths |= _matched(manifest, read_manifest(manifest, vocabulary), photos)
    return {photo: truth for photo, truth in truths.items() if truth is not None}


def names_without_photo(
    photos: Sequence[Path], manifest: Path, vocabulary: Vocabulary = FER2013
) -> list[str]:
    """Return what a manifest names although no photo is called so, in its order.

    Parameters and errors are those of `read_manifest` and `find_truths`.
    """
    stated = read_manifest(manifest, vocabulary)
    used = {name for photo in photos for name in _names_in(manifest, stated, photo)}
    return [name for name in stated if name not in used]


def read_manifest(
    path: Path, vocabulary: Vocabulary = FER2013
) -> dict[str, Expression | None]:
    """Read what a manifest states about each file that it names.

    Raises
    ------
    DataError
        If it is not a manifest, names an unknown expression, or a file twice.
    """
    entries = _json_entries(path) if path.suffix.lower() == ".json" else _csv_entries(path)
    if not entries:
        raise DataError(f"{path} names no photo.", _FIX, "truth")
    stated: dict[str, Expression | None] = {}
    for number, entry in enumerate(entries, start=1):
        file = entry.get("file", entry.get("name")) if isinstance(entry, dict) else None
        if not isinstance(file, str) or not file:
            raise DataError(f"Entry {number} of {path} names no file.", _FIX, "truth")
        if file in stated:
            raise DataError(f"{path} names {file} twice.", _ONCE, "truth")
        stated[file] = _expression(path, file, entry.get("expression"), vocabulary)
    return stated


def _of_folder(photo: Path, vocabulary: Vocabulary) -> Expression | None:
    label = label_of_name(photo.absolute().parent.name, vocabulary)
    return None if label is None else vocabulary[label]


def _csv_entries(path: Path) -> list[Any]:
    """Read the lines of a CSV; an empty cell states nothing."""
    heading, *lines = read_lines(path, _FIX, "truth") or [[]]
    columns = with_faces([name.lower() for name in heading], "file")
    missing = [name for name in ("file", "expression") if name not in columns]
    if missing:
        raise DataError(
            f"Expected the columns file and expression in {path}, found no"
            f" {' and no '.join(missing)}.",
            _FIX,
            "truth",
        )
    cells = ([cell.strip() or None for cell in line] for line in lines)
    return [dict(zip(columns, line, strict=False)) for line in cells]


def _json_entries(path: Path) -> list[Any]:
    """Read the entries of JSON, a list of objects or one mapping."""
    try:
        content = from_json(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"Cannot read {path}: {reason}.", _FIX, "truth") from error
    except (ValueError, RecursionError) as error:
        problem = f"Expected JSON in {path}, got something else: {error}."
        raise DataError(problem, _FIX, "truth") from error
    _check_no_scores(path, content)
    if isinstance(content, dict):
        return [{"file": file, "expression": value} for file, value in content.items()]
    return content if isinstance(content, list) else [content]


def _check_no_scores(path: Path, content: Any) -> None:
    """Refuse what mien evaluate or mien detect wrote: what was read, not what is true."""
    entry = content[0] if isinstance(content, list) and content else content
    if not isinstance(entry, dict):
        return
    for keys, what in ((_SCORES, "scores of mien evaluate"), (_READ, "what mien detect read")):
        if keys <= set(entry):
            raise DataError(f"{path} holds {what}, not true expressions.", _FIX, "truth")


def _expression(
    path: Path, file: str, value: object, vocabulary: Vocabulary
) -> Expression | None:
    """Return the class that a manifest's word or number stands for."""
    if value is None:
        return None
    label = label_of_value(value, vocabulary)
    if label is None:
        raise DataError(
            f"{path} gives {file} the expression {str(value)[:40]!r}, which is not a class.",
            f"The classes are {vocabulary.in_words()}; leave the cell empty for any other.",
            "truth",
        )
    return vocabulary[label]


def _matched(
    manifest: Path, stated: _Stated, photos: Sequence[Path]
) -> dict[Path, Expression | None]:
    """Find the photos that a manifest names."""
    same = Counter(photo.name for photo in {photo.absolute() for photo in photos})
    truths = {}
    for photo in photos:
        names = _names_in(manifest, stated, photo)
        if not names:
            continue
        name = names[0]
        _check_agreement(manifest, stated, photo, names, same[photo.name])
        if name == photo.name and same[name] > 1 and not _beside(manifest, photo):
            raise DataError(
                f"{manifest} names {name}, and {same[name]} of the photos have that name.",
                "Write the folder before the name as well.",
                "truth",
            )
        truths[photo] = stated[name]
    if not truths:
        raise DataError(
            f"{manifest} names none of the {len(photos):,} photos, but {next(iter(stated))!r}.",
            "Write the names as the photos have them, or their paths from the manifest's folder.",
            "truth",
        )
    return truths


def _check_agreement(
    manifest: Path, stated: _Stated, photo: Path, names: Sequence[str], same: int
) -> None:
    """Refuse two entries about one photo that disagree; a bare name may be another photo's."""
    for name in names[1:]:
        if stated[name] != stated[names[0]] and (name != photo.name or same == 1):
            raise DataError(
                f"{manifest} names the photo {photo} twice, as {names[0]} and as {name}, with"
                " different expressions.",
                _ONCE,
                "truth",
            )


def _names_in(manifest: Path, stated: _Stated, photo: Path) -> list[str]:
    """Return what a manifest calls a photo: by path, by place in its folder, by name."""
    folder = manifest.absolute().parent
    names = [photo.as_posix(), photo.name]
    if photo.absolute().is_relative_to(folder):
        names.insert(1, photo.absolute().relative_to(folder).as_posix())
    return [name for name in dict.fromkeys(names) if name in stated]


def _beside(manifest: Path, photo: Path) -> bool:
    """Return whether a photo is in the manifest's own folder, where its bare name is its path."""
    return photo.absolute().parent == manifest.absolute().parent
