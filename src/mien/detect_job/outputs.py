"""The tables that a job writes: checked and prepared before anything is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mien.detect_job.checks import FILES
from mien.errors import SettingsError
from mien.files import canonical, check_folder, make_folder
from mien.media.metadata import NAME, ClipInfo, check_metadata, write_metadata
from mien.media.sinks import CsvSink, JsonSink, ParquetSink, Sink
from mien.media.sources import CameraInput
from mien.outputs import check_folder_of_outputs, check_outputs
from mien.perception.table_columns import Table
from mien.settings import DetectSettings
from mien.settings.detect import AUTO
from mien.settings.video import VideoSettings
from mien.stdout import is_stdout, refuse_terminal

if TYPE_CHECKING:
    from mien.media.sources import Listing
    from mien.perception.reader import Reader

_TABLES = ("json_file", "csv_file", "parquet_file")

_TABLE = "faces"
"""Name of the table in the folder of outputs."""

_NOT_METADATA = {"video", "resume"}
"""Settings of clips that do not change what a table says."""


def prepare_outputs(settings: DetectSettings, listing: Listing) -> None:
    """Refuse outputs that would replace something of the user's, and make their folders.

    Raises
    ------
    SettingsError
        If an output is one of the inputs, a folder, or not an earlier output of the same kind; or
        if a table of a camera would replace an earlier one.
    OutputError
        If a metadata.json beside a table is not mien's, or a folder cannot be made.
    """
    tables = {name: _file(settings, name) for name in _TABLES}
    sheet = _file(settings, "sheet")
    net = Path(settings.net)
    inputs = [*listing.files, net, net.with_suffix(".json"), *settings.neutral_files]
    inputs += [path for path in (settings.truth, settings.markers) if path is not None]
    check_outputs(tables, inputs, kind="pictures")
    table = run_table(settings, listing)
    if table is not None:
        check_folder_of_outputs(table.parent, {table.name: "pictures"}, inputs)
    _check_metadata(settings, listing, tables)
    _check_recording(settings, listing)
    if sheet is not None:
        from mien.drawing.sheet_files import check_sheet_path

        check_sheet_path(sheet, "sheet")
        check_outputs({"sheet": sheet}, inputs, kind="sheet")
    elif settings.sheet is not None:
        refuse_terminal("A contact sheet", "sheet")
    needs_folder = settings.annotate or bool(listing.videos) or table is not None
    if settings.out is not None and needs_folder:
        check_folder(settings.out, setting="out")
    for setting, file in (tables | {"sheet": sheet}).items():
        if file is not None:
            make_folder(file.parent, setting=setting)
    if settings.out is not None and needs_folder:
        make_folder(settings.out, setting="out")


def _check_metadata(
    settings: DetectSettings, listing: Listing, files: Mapping[str, Path | None]
) -> None:
    """Refuse files that the description of a table, or the table of the run, would replace."""
    tables = list(_tables(settings, listing))
    places = {canonical(path).parent / NAME for path, _ in tables}
    table = run_table(settings, listing)
    for setting, file in files.items():
        if file is None:
            continue
        if canonical(file) in places:
            raise SettingsError(
                f"{file} is the name of the file that describes a table beside it.",
                "Choose another name.",
                setting,
            )
        if table is not None and canonical(file) == canonical(table):
            raise SettingsError(
                f"{file} is the name of the table that is written into the folder for outputs.",
                "Choose another name, or leave this out.",
                setting,
            )
    for path, setting in tables:
        check_metadata(canonical(path).parent, setting)


def _check_recording(settings: DetectSettings, listing: Listing) -> None:
    """Refuse to replace a table by a recording, since what it holds may be a recording too."""
    if not any(isinstance(video, CameraInput) for video in listing.videos):
        return
    for path, setting in _tables(settings, listing):
        if path.exists() and path.stat().st_size:
            raise SettingsError(
                f"{path} is the table of an earlier run, which may be a recording that cannot be"
                " made again.",
                "Choose another place for the outputs.",
                setting,
            )


def run_table(settings: DetectSettings, listing: Listing) -> Path | None:
    """Return the table in the folder of outputs; None if there is none.

    There is one if there are clips or cameras, or a format is asked for.
    """
    if settings.out is None or not (listing.videos or settings.format):
        return None
    return settings.out / f"{_TABLE}.{'parquet' if settings.format == 'parquet' else 'csv'}"


def uses_stdout(settings: DetectSettings) -> bool:
    """Return whether one of the outputs goes to standard output."""
    return any(is_stdout(getattr(settings, name)) for name in FILES)


def open_sinks(settings: DetectSettings, listing: Listing, reader: Reader) -> Iterator[Sink]:
    """Open what the results are to be written to.

    Raises
    ------
    OutputError
        If a file cannot be written.
    MissingExtraError
        If Parquet is to be written without its package.
    """
    clips = bool(listing.videos)
    table = Table(reader.vocabulary, settings.coverage is not None, clips)
    path = run_table(settings, listing)
    # Tables that are followed; one of a killed run stays until as many rows were read again.
    followed = {"partial": clips, "keep_longer": settings.resume}
    # First, since it may lack its package: then no other file has been replaced.
    if settings.parquet_file is not None:
        yield ParquetSink(settings.parquet_file, table, "parquet_file")
    if path is not None and path.suffix == ".parquet":
        yield ParquetSink(path, table, "out")
        # A Parquet file that is not complete cannot be read.
        yield _Draft(path.with_suffix(".csv"), table, "out", **followed)
    elif path is not None:
        yield CsvSink(path, table, "out", **followed)
    if settings.json_file is not None:
        yield JsonSink(settings.json_file, "json_file")
    if settings.csv_file is not None:
        yield CsvSink(settings.csv_file, table, "csv_file", **followed)


class _Draft(CsvSink):
    """A table that stays only if the process is killed."""

    def close(self) -> None:
        self.discard()
        super().close()


def files_of_run(settings: DetectSettings, listing: Listing) -> list[Path]:
    """List the tables and the contact sheet that are to be written as files."""
    first = [path for path in [_file(settings, "parquet_file")] if path is not None]
    table = run_table(settings, listing)
    rest = [_file(settings, name) for name in ("json_file", "csv_file", "sheet")]
    return [*first, *(path for path in [table, *rest] if path is not None)]


def describe_tables(
    settings: DetectSettings, listing: Listing, reader: Reader, clips: Sequence[ClipInfo]
) -> None:
    """Write metadata.json, which says what made the tables, beside them.

    Raises
    ------
    OutputError
        If that cannot be written.
    """
    names = {
        "min_confidence", "min_score", "min_face", "max_megapixels", "max_megabytes", "max_faces",
        "coverage", "flip_tta",
    }
    if listing.videos:
        names |= set(VideoSettings.model_fields) - _NOT_METADATA
    values = settings.model_dump(mode="json", include=names) | {"labels": reader.info.labels}
    values |= _neutral_values(settings, reader)
    for folder in {canonical(path).parent for path, _ in _tables(settings, listing)}:
        write_metadata(folder, reader.name, reader.info, values, clips)


def _neutral_values(settings: DetectSettings, reader: Reader) -> dict[str, object]:
    """Return the settings of a neutral face, if there is one, with the sensitivity in use."""
    if settings.neutral is None or reader.info.neutral is None:
        return {}
    # What "auto" learns may not be neutral, so it is used with care; see `Neutrals`.
    own = 0.0 if settings.neutral.strip() == AUTO else reader.info.neutral.sensitivity
    return {
        "neutral": settings.neutral,
        "neutral_face": settings.neutral_face,
        "sensitivity": own if reader.sensitivity is None else reader.sensitivity,
    }


def _tables(settings: DetectSettings, listing: Listing) -> Iterator[tuple[Path, str]]:
    """Yield the files that are tables, with the setting of each."""
    for name in ("csv_file", "parquet_file"):
        if (path := _file(settings, name)) is not None:
            yield path, name
    if (table := run_table(settings, listing)) is not None:
        yield table, "out"


def _file(settings: DetectSettings, name: str) -> Path | None:
    """Return the file that a setting names, if it names one."""
    value = getattr(settings, name)
    return None if value is None or is_stdout(value) else Path(value)
