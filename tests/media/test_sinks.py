import csv
import dataclasses
import errno
import io
import itertools
import json
import os
import runpy
from pathlib import Path

import numpy as np
import pytest

from mien.classes import FER2013, Vocabulary
from mien.errors import MissingExtraError, OutputError, PictureError, SettingsError
from mien.media import sinks
from mien.media.sinks import CsvSink, JsonSink, ParquetSink
from mien.perception import table_columns
from mien.perception.face import Face
from mien.perception.picture import Failure, Picture
from mien.perception.table_columns import Table

make = runpy.run_path(str(Path(__file__).parents[1] / "video_frames.py"))

CHANCES = np.array([0.05, 0, 0, 0.9, 0, 0.05, 0], np.float32)
FACE = Face((10.26, 20, 30, 40), np.ones((5, 2), np.float32), CHANCES, 0.75, FER2013, sure=False)
PICTURES = [
    Picture("Größe, 1.jpg", 100, 80, (FACE, FACE), "mien-s", FER2013),
    Picture("none.jpg", 3, 2, (), "mien-s", FER2013),
]
FAILURE = Failure("bad.jpg", PictureError("It is cut off.", "Get it again."))
TABLE = Table(FER2013)
SETS = Table(FER2013, prediction_sets=True)
RESULTS = [PICTURES[0], FAILURE, PICTURES[1]]


def kinds(folder):
    """Each kind of sink with a file of its own."""
    yield lambda: JsonSink(folder / "out.json"), folder / "out.json"
    yield lambda: CsvSink(folder / "out.csv", TABLE), folder / "out.csv"
    yield lambda: ParquetSink(folder / "out.parquet", TABLE), folder / "out.parquet"


def sources_in(path):
    """Names of the pictures that a file holds."""
    if path.suffix == ".json":
        return [entry["source"] for entry in json.loads(path.read_text(encoding="utf-8"))]
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return [row["source"] for row in csv.DictReader(file)]
    import pyarrow.parquet

    return pyarrow.parquet.read_table(path)["source"].to_pylist()


def fill(sink, results):
    with sink:
        for result in results:
            sink.add(result)


@pytest.mark.parametrize("results", [RESULTS, [FAILURE], []])
def test_json_is_what_one_dump_would_be(tmp_path, results):
    path = tmp_path / "out.json"
    fill(JsonSink(path), results)
    expected = json.dumps([result.to_dict() for result in results], indent=2) + "\n"
    assert path.read_text(encoding="utf-8") == expected


def test_csv_has_the_tables_columns_and_a_row_a_face(tmp_path):
    path = tmp_path / "out.csv"
    fill(CsvSink(path, TABLE), RESULTS)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines == [
        "source,frame,time,face_id,success,x,y,width,height,score,expression,confidence,sure,"
        "p_angry,p_disgust,p_fear,p_happy,p_sad,p_surprise,p_neutral,valence,marker",
        '"Größe, 1.jpg",,,0,1,10.3,20.0,30.0,40.0,0.75,happy,0.9,FALSE,'
        "0.05,0.0,0.0,0.9,0.0,0.05,0.0,0.85,",
        '"Größe, 1.jpg",,,1,1,10.3,20.0,30.0,40.0,0.75,happy,0.9,FALSE,'
        "0.05,0.0,0.0,0.9,0.0,0.05,0.0,0.85,",
        "none.jpg,,,,0" + "," * 17,
    ]


def test_prediction_sets_are_columns_at_the_end(tmp_path):
    both = (FER2013["happy"], FER2013["angry"])
    face = dataclasses.replace(FACE, prediction_set=both, coverage=0.9)
    picture = dataclasses.replace(PICTURES[0], faces=(face,), coverage=0.9)
    fill(CsvSink(tmp_path / "out.csv", SETS), [picture, PICTURES[1]])
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert list(first)[-2:] == ["prediction_set", "coverage"]
    assert (first["prediction_set"], first["coverage"]) == ("happy|angry", "0.9")
    assert (second["prediction_set"], second["coverage"]) == ("", "")
    fill(ParquetSink(tmp_path / "out.parquet", SETS), [picture, PICTURES[1]])
    import pyarrow.parquet

    sets = pyarrow.parquet.read_table(tmp_path / "out.parquet")["prediction_set"]
    assert sets.to_pylist() == [["happy", "angry"], None]


def test_parquet_is_the_same_table_in_one_schema(tmp_path, monkeypatch):
    import pyarrow.parquet

    monkeypatch.setattr(sinks, "_ROWS", 4)
    path = tmp_path / "out.parquet"
    fill(ParquetSink(path, TABLE), RESULTS * 5)
    read = pyarrow.parquet.read_table(path)
    assert read.schema == TABLE.arrow_schema()
    rows = [row for result in RESULTS * 5 if isinstance(result, Picture)
            for row in TABLE.rows(result)]
    assert [list(row.values()) for row in read.to_pylist()] == rows
    assert pyarrow.parquet.ParquetFile(path).num_row_groups > 2
    fill(ParquetSink(path, TABLE), [])
    assert pyarrow.parquet.read_table(path).schema == read.schema


@pytest.mark.skipif(os.name == "nt", reason="names are always Unicode")
def test_parquet_in_a_file_whose_name_is_not_utf8(tmp_path):
    path = tmp_path / os.fsdecode(b"gr\xfcn.parquet")
    fill(ParquetSink(path, TABLE), RESULTS)
    written = path.read_bytes()
    path = tmp_path / "out.parquet"
    fill(ParquetSink(path, TABLE), RESULTS)
    assert path.read_bytes() == written


def test_own_classes_have_their_columns(tmp_path):
    classes = Vocabulary.named(["awake", "tired"])
    fill(CsvSink(tmp_path / "out.csv", Table(classes)), [])
    header = (tmp_path / "out.csv").read_text()
    assert ",sure,p_awake,p_tired,valence,marker\n" in header


@pytest.mark.parametrize("error", [KeyboardInterrupt, BrokenPipeError, ZeroDivisionError])
def test_what_was_read_stays_whatever_ends_the_run(tmp_path, error):
    for make, path in kinds(tmp_path):
        path.write_text("earlier")
        with pytest.raises(error), make() as sink:
            sink.add(PICTURES[0])
            assert path.read_text() == "earlier"
            raise error
        assert set(sources_in(path)) == {"Größe, 1.jpg"}
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["out.csv", "out.json", "out.parquet"]


def test_text_is_in_the_file_as_soon_as_it_was_added(tmp_path):
    for make, _ in itertools.islice(kinds(tmp_path), 2):
        with make() as sink:
            sink.add(PICTURES[1])
            (part,) = tmp_path.glob(".mien-*")
            assert "none.jpg" in part.read_text()


def test_standard_output_gets_each_picture_at_once(capsys):
    with JsonSink("-") as sink:
        sink.add(PICTURES[1])
        assert json.loads(capsys.readouterr().out + "]")[0]["source"] == "none.jpg"
    assert capsys.readouterr().out == "\n]\n"
    with CsvSink("-", TABLE) as sink:
        sink.add(PICTURES[1])
        assert capsys.readouterr().out.startswith("source,")
        sink.add(PICTURES[1])
        assert capsys.readouterr().out.startswith("none.jpg,")


def test_a_discarded_file_leaves_the_earlier_one(tmp_path):
    for make, path in kinds(tmp_path):
        path.write_text("earlier")
        with make() as sink:
            sink.add(FAILURE)
            assert sink.path == path
            sink.discard()
        assert path.read_text() == "earlier"
    assert len(list(tmp_path.iterdir())) == 3


def test_parquet_goes_to_a_pipe(capfdbinary, monkeypatch):
    import pyarrow

    with open(1, "w", closefd=False) as out:
        monkeypatch.setattr(sinks.sys, "stdout", out)
        fill(ParquetSink("-", TABLE), RESULTS)
    table = pyarrow.parquet.read_table(pyarrow.BufferReader(capfdbinary.readouterr().out))
    assert table["source"].to_pylist() == ["Größe, 1.jpg"] * 2 + ["none.jpg"]


def test_parquet_is_not_printed_on_a_terminal(monkeypatch):
    monkeypatch.setattr(sinks.sys.stdout, "isatty", lambda: True)
    with pytest.raises(SettingsError, match="not printed on a terminal") as caught:
        ParquetSink("-", TABLE, setting="parquet_file")
    assert caught.value.setting == "parquet_file"


def test_a_closed_pipe_is_not_an_error_of_the_file(monkeypatch):
    class Closed(io.StringIO):
        def flush(self):
            raise BrokenPipeError

    monkeypatch.setattr(sinks.sys, "stdout", Closed())
    with pytest.raises(BrokenPipeError), JsonSink("-") as sink:
        sink.add(PICTURES[1])


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    for make, path in kinds(tmp_path):
        sink = make()

        def full(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        if isinstance(sink, ParquetSink):
            monkeypatch.setattr(sink._writer, "write_table", full)
        else:
            monkeypatch.setattr(sink._file, "flush", full, raising=False)
        with pytest.raises(OutputError, match=f"Cannot write .*{path.name}: No space left"):
            fill(sink, [PICTURES[0]])
        assert not path.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(OutputError, match="Cannot write .*faces.json") as caught:
        JsonSink(tmp_path / "none" / "faces.json", "json_file")
    assert caught.value.setting == "json_file"


def test_parquet_without_pyarrow_is_refused_before_a_file_is_made(tmp_path, monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(table_columns.importlib, "import_module", missing)
    with pytest.raises(MissingExtraError, match="pip install pyarrow"):
        ParquetSink(tmp_path / "out.parquet", TABLE)
    assert list(tmp_path.iterdir()) == []


CLIP = [
    make["frame"](0.0, make["face"]("happy"), make["face"]("sad", face_id=12), number=0),
    make["frame"](0.04, number=1),
    make["frame"](1.5, make["face"]("neutral", sure=False), number=2, marker="film, 2"),
]


def test_clips_and_photos_have_one_table(tmp_path):
    path, table = tmp_path / "faces.csv", Table(FER2013, video=True)
    fill(CsvSink(path, table), [*CLIP, FAILURE, PICTURES[1]])
    header, *lines = path.read_text().splitlines()
    assert header.endswith("valence,marker," + ",".join(f"raw_p_{name}" for name in FER2013.names))
    assert lines[1] == (
        "clip.mp4,0,0.0,12,1,10.0,20.0,30.0,40.0,0.95,sad,0.9,TRUE,"
        "0.0167,0.0167,0.0167,0.0167,0.9,0.0167,0.0167,-0.8833,,"
        "0.0167,0.0167,0.0167,0.0167,0.9,0.0167,0.0167"
    )
    assert lines[2] == "clip.mp4,1,0.04,,0" + "," * 24
    assert lines[3].startswith("clip.mp4,2,1.5,0,1,10.0,20.0,30.0,40.0,0.95,neutral,0.9,FALSE,")
    assert ',0.0,"film, 2",0.0167,' in lines[3]
    assert lines[4] == "none.jpg,,,,0" + "," * 24
    assert len({len(row) for row in csv.reader([header, *lines])}) == 1


def test_parquet_keeps_the_types_of_a_clip(tmp_path):
    import pyarrow.parquet

    path, table = tmp_path / "faces.parquet", Table(FER2013, video=True)
    fill(ParquetSink(path, table), CLIP)
    read = pyarrow.parquet.read_table(path)
    assert read.schema == table.arrow_schema()
    assert read["face_id"].to_pylist() == [0, 12, None, 0]
    assert read["sure"].to_pylist() == [True, True, None, False]
    assert read["time"].to_pylist() == [0.0, 0.0, 0.04, 1.5]
    assert read["raw_p_sad"].to_pylist()[1] == 0.9


def test_parquet_holds_a_bounded_number_of_rows(tmp_path):
    table = Table(FER2013, video=True)
    with ParquetSink(tmp_path / "faces.parquet", table) as sink:
        held = []
        for number in range(3 * sinks._ROWS):
            sink.add(make["frame"](number / 25, number=number))
            held.append(len(sink._rows))
    assert max(held) < sinks._ROWS
    assert held[sinks._ROWS - 1] == 0


def test_a_table_can_be_followed_while_it_is_written(tmp_path):
    path, part = tmp_path / "faces.csv", tmp_path / "faces.partial.csv"
    with CsvSink(path, Table(FER2013, video=True), partial=True) as sink:
        for number, item in enumerate(CLIP, 1):
            sink.add(item)
            assert len(part.read_text().splitlines()) == number + 2
            assert part.read_text().endswith("\n")
    assert [item.name for item in tmp_path.iterdir()] == ["faces.csv"]
    assert len(path.read_text().splitlines()) == 5


def test_the_rows_of_a_picture_reach_the_file_in_one_piece(tmp_path, monkeypatch):
    # 60 kB of rows: more than Python's own buffers hold.
    crowd = make["frame"](0.0, *(make["face"](face_id=number) for number in range(300)))
    with CsvSink(tmp_path / "faces.csv", Table(FER2013, video=True), partial=True) as sink:
        part = tmp_path / "faces.partial.csv"
        with monkeypatch.context() as patch:
            patch.setattr(sink._file, "flush", lambda: None)
            sink.add(crowd)
            assert part.stat().st_size == 0
        sink.add(crowd)
        assert len(part.read_text().splitlines()) == 601


def test_others_may_follow_a_table_as_they_may_read_the_complete_one(tmp_path):
    path, part = tmp_path / "faces.csv", tmp_path / "faces.partial.csv"
    umask = os.umask(0o027)
    try:
        with CsvSink(path, TABLE, partial=True):
            assert part.stat().st_mode & 0o777 == 0o640
        assert path.stat().st_mode & 0o777 == 0o640
    finally:
        os.umask(umask)


def test_a_table_left_by_a_killed_run_is_begun_anew(tmp_path):
    part = tmp_path / "faces.partial.csv"
    part.write_text("source,frame,time,face_id,success\nold.mp4,0,0.0,,0\n")
    fill(CsvSink(tmp_path / "faces.csv", TABLE, partial=True), [PICTURES[1]])
    assert "old.mp4" not in (tmp_path / "faces.csv").read_text()
    assert not part.exists()


def killed_after(path, items, **options):
    """Write a table as a process does that is killed."""
    sink = CsvSink(path, Table(FER2013, video=True), partial=True, **options)
    for item in items:
        sink.add(item)
    sink._file.close()
    return sink


def test_a_run_that_goes_on_never_leaves_fewer_rows(tmp_path):
    path, part = tmp_path / "faces.csv", tmp_path / "faces.partial.csv"
    killed_after(path, CLIP[:3])
    before = part.read_text()
    assert len(before.splitlines()) > 3
    hidden = killed_after(path, CLIP[:2], keep_longer=True).temporary
    assert part.read_text() == before
    hidden.unlink()
    with CsvSink(path, Table(FER2013, video=True), partial=True, keep_longer=True) as sink:
        sink.discard()
    assert part.read_text() == before
    with CsvSink(path, Table(FER2013, video=True), partial=True, keep_longer=True) as sink:
        for count, item in enumerate(CLIP, 1):
            sink.add(item)
            assert part.read_text().startswith(before)
            assert (part.read_text() == before) == (count <= 3)
    assert [item.name for item in tmp_path.iterdir()] == ["faces.csv"]
    assert path.read_text().startswith(before)


def test_a_complete_table_leaves_no_longer_one_behind(tmp_path):
    path = tmp_path / "faces.csv"
    killed_after(path, CLIP)
    with CsvSink(path, Table(FER2013, video=True), partial=True, keep_longer=True) as sink:
        sink.add(CLIP[0])
    assert [item.name for item in tmp_path.iterdir()] == ["faces.csv"]


def test_another_file_of_that_name_stays(tmp_path):
    part = tmp_path / "faces.partial.csv"
    part.write_text("my,own\n")
    with pytest.raises(OutputError, match="faces.partial.csv exists and was not written by mien"):
        CsvSink(tmp_path / "faces.csv", TABLE, partial=True)
    assert [item.name for item in tmp_path.iterdir()] == ["faces.partial.csv"]
    assert part.read_text() == "my,own\n"


def test_two_runs_at_once_do_not_mix_their_rows(tmp_path):
    path = tmp_path / "faces.csv"
    first = CsvSink(path, TABLE, partial=True)
    first.add(PICTURES[0])
    second = CsvSink(path, TABLE, partial=True)
    second.add(PICTURES[1])
    with pytest.raises(OutputError, match=r"another process replaced faces.partial.csv"):
        first.close()
    second.close()
    assert sources_in(path) == ["none.jpg"]
