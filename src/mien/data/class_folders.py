"""Reads pictures that lie in folders named after their class, on disk or in a zip."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath

from mien.classes import Vocabulary
from mien.data.labels import label_of_name, split_of_path, split_of_usage
from mien.data.record import LIMIT_BYTES, BadRecords, Record
from mien.data.tree_files import Member, OpenTree
from mien.data.vocabulary import CLASSES_FILE, normal, parse_classes, vocabulary_of_words
from mien.errors import DataError, PictureError

_JPEG = {".jpg", ".jpeg", ".jpe", ".jfif"}
_PICTURES = {*_JPEG, ".png", ".bmp", ".gif", ".pgm", ".ppm", ".pnm", ".tif", ".tiff", ".webp"}

_LAYOUT = "Lay the pictures out as CLASS/*.jpg, or as train/CLASS/*.jpg and test/CLASS/*.jpg."
_LARGEST_CLASSES_FILE = 2**20
"""Bytes."""


def tree_vocabulary(path: Path, open_tree: OpenTree) -> Vocabulary:
    """Return the classes of a tree: those of its classes.toml, or of its folders.

    Parameters
    ----------
    path
        The tree's zip or folder.
    open_tree
        Opens it.

    Raises
    ------
    DataError
        If there are no pictures, some lie in a folder that is not a class, the folders do not
        show which names are classes, or classes.toml is damaged.
    """
    with open_tree(path) as members:
        folders = _class_folders(path, members)
        file = _classes_file(path, members, folders)
        if file is not None:
            vocabulary = _read_classes(path, file, {_class_name(folder) for folder in folders})
            _check_listed(path, vocabulary, folders)
            return vocabulary
    _check_folders(path, folders)
    words = {_class_name(folder) for folder in folders}
    if any(label_of_name(word) is None for word in words):
        _check_side_by_side(path, folders)
    return vocabulary_of_words(path, words)


def tree_records(
    path: Path, open_tree: OpenTree, vocabulary: Vocabulary, bad: BadRecords
) -> Iterator[Record]:
    """Read the pictures of a tree in the order of their names.

    Parameters
    ----------
    path
        The tree's zip or folder.
    open_tree
        Opens it.
    vocabulary
        Its classes, as `tree_vocabulary` returned them.
    bad
        Where bad pictures are reported.
    """
    with open_tree(path) as members:
        folders = _class_folders(path, members)
        labels = {folder: _label(vocabulary, _class_name(folder)) for folder in folders}
        files = [member for member in members if not _is_classes_file(member.name)]
        bad.total = len(files)
        for member in sorted(files, key=lambda member: member.name):
            record = _record(member, labels, bad)
            if record is not None:
                yield record


def _is_picture(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _PICTURES


def _is_classes_file(name: str) -> bool:
    return PurePosixPath(name).name.lower() == CLASSES_FILE


def _class_name(folder: PurePosixPath) -> str:
    return normal(folder.name)


def _label(vocabulary: Vocabulary, name: str) -> int:
    """Return a class's number: exact names first, since own ones may differ in case."""
    if name in vocabulary.names:
        return vocabulary.names.index(name)
    label = label_of_name(name, vocabulary)
    assert label is not None, "the vocabulary was made from these folders"
    return label


def _class_folders(path: Path, members: Collection[Member]) -> set[PurePosixPath]:
    """Return the folders that pictures lie in."""
    folders = {PurePosixPath(name.name).parent for name in members if _is_picture(name.name)}
    if not folders:
        raise DataError(f"Expected labelled pictures in {path}, found none.", _LAYOUT)
    return folders


def _check_folders(path: Path, folders: Collection[PurePosixPath]) -> None:
    """Refuse pictures that lie in the root or directly in a split's folder."""
    outside = [str(folder) for folder in folders if split_of_usage(folder.name or "train")]
    if outside == ["."]:
        raise DataError(f"{path} has pictures that are not in a class folder.", _LAYOUT)
    if outside:
        raise DataError(
            f"Expected class folders in {path}, found pictures in {_some(outside)}.", _LAYOUT
        )


def _check_listed(
    path: Path, vocabulary: Vocabulary, folders: Collection[PurePosixPath]
) -> None:
    """Refuse pictures of a class that classes.toml does not list."""
    names = set(vocabulary.names)
    unknown = [str(folder) for folder in folders if _class_name(folder) not in names]
    if unknown:
        raise DataError(
            f"{path} has pictures in {_some(unknown)}, which {CLASSES_FILE} does not list; it"
            f" lists {vocabulary.in_words()}.",
            f"Add the class to {CLASSES_FILE}, or rename or remove the folder.",
        )


def _check_side_by_side(path: Path, folders: Collection[PurePosixPath]) -> None:
    """Refuse trees whose folders may be other things than classes, such as people.

    FER-2013's names are known to be classes wherever they are; any others have to be next to each
    other, below ``train``, ``test`` and so on if there are splits.
    """
    places: dict[tuple[str, ...], PurePosixPath] = {}
    for folder in sorted(folders):
        parts = ("*" if split_of_usage(part) else part for part in folder.parent.parts)
        places.setdefault(tuple(parts), folder)
    if len(places) > 1:
        raise DataError(
            f"Expected the class folders in {path} next to each other, found pictures in"
            f" {_some([str(folder) for folder in places.values()])}.",
            f"{_LAYOUT} If the folders are right, list the classes in {CLASSES_FILE}.",
        )


def _some(names: Collection[str]) -> str:
    """Name the first three."""
    named = ", ".join(repr(name) for name in sorted(names)[:3])
    return f"{named} and {len(names) - 3} more" if len(names) > 3 else named


def _classes_file(
    path: Path, members: Collection[Member], folders: Collection[PurePosixPath]
) -> Member | None:
    """Find classes.toml, which has to be above all pictures."""
    files = [member for member in members if _is_classes_file(member.name)]
    for file in files:
        place = PurePosixPath(file.name).parent
        if not all(place in (folder, *folder.parents) for folder in folders):
            raise DataError(
                f"Expected {CLASSES_FILE} in the root of {path}, found {file.name}.",
                "Move it to the folder that holds all the others, or remove it.",
            )
    if len(files) > 1:
        raise DataError(
            f"Expected one {CLASSES_FILE} in {path}, found {_some([file.name for file in files])}.",
            "Remove all but one.",
        )
    return files[0] if files else None


def _read_classes(path: Path, file: Member, folders: Collection[str]) -> Vocabulary:
    """Read classes.toml, which lies beside folders of these names."""
    where = f"{file.name} of {path}"
    if file.size > _LARGEST_CLASSES_FILE:
        raise DataError(
            f"{where} has {file.size:,} bytes, over {_LARGEST_CLASSES_FILE:,}.",
            "Write nothing but the classes into it.",
        )
    try:
        return parse_classes(file.read(), where, folders)
    except PictureError as error:
        raise DataError(f"In {path}, {error.problem}", error.fix) from error


def _record(
    member: Member, labels: Mapping[PurePosixPath, int], bad: BadRecords
) -> Record | None:
    """Read one file; a bad one is reported and returned as None."""
    place = PurePosixPath(member.name)
    if not _is_picture(member.name):
        bad.report(f"{member.name} is neither a picture nor a text that may lie next to pictures.")
        return None
    if member.size > LIMIT_BYTES:
        bad.report(f"{member.name} takes {member.size:,} bytes, over {LIMIT_BYTES:,}.")
        return None
    try:
        data = member.read()
    except PictureError as error:
        bad.report(error.problem)
        return None
    # The class's own folder does not count: a class may be called as a split is.
    split = split_of_path((*place.parent.parent.parts, place.name))
    return Record(member.name, labels[place.parent], split, data)
