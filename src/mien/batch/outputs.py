"""The files that a job writes: checked and prepared before any picture is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mien.errors import SettingsError
from mien.files import canonical, check_folder, make_folder
from mien.media.metadata import NAME, check_metadata, write_metadata
from mien.media.sinks import CsvSink, JsonSink, ParquetSink, Sink
from mien.outputs import check_distinct, check_outputs
from mien.perception.table_columns import Table
from mien.settings import DetectSettings
from mien.stdout import is_stdout, refuse_terminal

if TYPE_CHECKING:
    from mien.media.sources import Listing
    from mien.perception.reader import Reader

_TABLES = ("json_file", "csv_file", "parquet_file")
_FILES = (*_TABLES, "sheet")


def check_settings(settings: DetectSettings) -> None:
    """Refuse settings that contradict each other.

    Raises
    ------
    SettingsError
        If no source is named, two outputs have the same name, explanations have no copy to be
        drawn on, or a setting is about a neutral face that is not given.
    """
    if not settings.sources:
        raise SettingsError(
            "No pictures were named.", "Name photos, folders or globs.", "sources"
        )
    if settings.explain and not settings.annotate:
        raise SettingsError(
            "Explanations are drawn on the annotated copies, but no copies are to be written.",
            "Write copies, or leave this out.",
            "explain",
        )
    _check_neutral(settings)
    check_distinct({name: getattr(settings, name) for name in _FILES})


def _check_neutral(settings: DetectSettings) -> None:
    """Refuse what makes no sense with a neutral face, or without one."""
    for setting in ("neutral_face", "sensitivity"):
        if settings.neutral is None and getattr(settings, setting) is not None:
            raise SettingsError(
                "This is about a person's own neutral face, but none is given.",
                "Give a neutral face, or leave this out.",
                setting,
            )
    if settings.neutral is not None and settings.explain:
        raise SettingsError(
            "An explanation shows where the network's own answer comes from, which a neutral face"
            " changes.",
            "Leave out the neutral face, or leave this out.",
            "explain",
        )


def prepare_outputs(settings: DetectSettings, listing: Listing) -> None:
    """Refuse outputs that would replace something of the user's, and make their folders.

    Raises
    ------
    SettingsError
        If an output is one of the inputs, a folder, or not an earlier output of the same kind.
    OutputError
        If a metadata.json beside a table is not mien's, or a folder cannot be made.
    """
    tables = {name: _file(settings, name) for name in _TABLES}
    sheet = _file(settings, "sheet")
    net = Path(settings.net)
    inputs = [*listing.paths, net, net.with_suffix(".json")]
    if settings.truth is not None:
        inputs.append(settings.truth)
    if settings.neutral is not None:
        inputs.append(settings.neutral)
    check_outputs(tables, inputs, kind="pictures")
    _check_metadata(settings, tables)
    if sheet is not None:
        from mien.drawing.sheet_files import check_sheet_path

        check_sheet_path(sheet, "sheet")
        check_outputs({"sheet": sheet}, inputs, kind="sheet")
    elif settings.sheet is not None:
        refuse_terminal("A contact sheet", "sheet")
    if settings.out is not None and settings.annotate:
        check_folder(settings.out, setting="out")
    for setting, file in (tables | {"sheet": sheet}).items():
        if file is not None:
            make_folder(file.parent, setting=setting)
    if settings.out is not None and settings.annotate:
        make_folder(settings.out, setting="out")


def _check_metadata(settings: DetectSettings, files: Mapping[str, Path | None]) -> None:
    """Refuse files that the description of a table would replace."""
    places = {canonical(path).parent / NAME for path, _ in _tables(settings)}
    for setting, file in files.items():
        if file is not None and canonical(file) in places:
            raise SettingsError(
                f"{file} is the name of the file that describes a table beside it.",
                "Choose another name.",
                setting,
            )
    for path, setting in _tables(settings):
        check_metadata(canonical(path).parent, setting)


def uses_stdout(settings: DetectSettings) -> bool:
    """Return whether one of the outputs goes to standard output."""
    return any(is_stdout(getattr(settings, name)) for name in _FILES)


def open_sinks(settings: DetectSettings, reader: Reader) -> Iterator[Sink]:
    """Open what the results are to be written to.

    Raises
    ------
    OutputError
        If a file cannot be written.
    MissingExtraError
        If Parquet is to be written without its package.
    """
    table = Table(reader.vocabulary, prediction_sets=settings.coverage is not None)
    # First, since it may lack its package: then no other file has been replaced.
    if settings.parquet_file is not None:
        yield ParquetSink(settings.parquet_file, table, "parquet_file")
    if settings.json_file is not None:
        yield JsonSink(settings.json_file, "json_file")
    if settings.csv_file is not None:
        yield CsvSink(settings.csv_file, table, "csv_file")


def describe_tables(settings: DetectSettings, reader: Reader) -> None:
    """Write metadata.json, which says what made the tables, beside them.

    Raises
    ------
    OutputError
        If that cannot be written.
    """
    names = {
        "min_confidence", "min_score", "min_face", "max_megapixels", "coverage", "flip_tta"
    }
    values = settings.model_dump(include=names) | _neutral_values(settings, reader)
    for folder in {canonical(path).parent for path, _ in _tables(settings)}:
        write_metadata(folder, reader.name, reader.info, values)


def _neutral_values(settings: DetectSettings, reader: Reader) -> dict[str, object]:
    """Return the settings of a neutral face, if there is one, with the sensitivity in use."""
    if settings.neutral is None or reader.info.neutral is None:
        return {}
    own = reader.info.neutral.sensitivity
    return {
        "neutral": str(settings.neutral),
        "neutral_face": settings.neutral_face,
        "sensitivity": own if reader.sensitivity is None else reader.sensitivity,
    }


def _tables(settings: DetectSettings) -> Iterator[tuple[Path, str]]:
    """Yield the files that are tables, with the setting of each."""
    for name in ("csv_file", "parquet_file"):
        if (path := _file(settings, name)) is not None:
            yield path, name


def _file(settings: DetectSettings, name: str) -> Path | None:
    """Return the file that a setting names, if it names one."""
    value = getattr(settings, name)
    return None if value is None or is_stdout(value) else Path(value)
