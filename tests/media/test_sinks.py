import csv
import dataclasses
import errno
import io
import itertools
import json

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
        '"Größe, 1.jpg",,,0,1,10.3,20.0,30.0,40.0,0.75,happy,0.9,false,'
        "0.05,0.0,0.0,0.9,0.0,0.05,0.0,0.85,",
        '"Größe, 1.jpg",,,1,1,10.3,20.0,30.0,40.0,0.75,happy,0.9,false,'
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
