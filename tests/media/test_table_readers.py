"""R, pandas and polars load the table in one line, with the types that it has."""

import json
import os
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

from mien.classes import FER2013
from mien.media.sinks import CsvSink
from mien.perception.picture import Picture
from mien.perception.table_columns import Table

make = runpy.run_path(str(Path(__file__).parents[1] / "video_frames.py"))

TEXT = {"source", "expression", "marker"}
WHOLE = {"frame", "face_id", "success"}


def write(path, *, marked=True):
    """A table that begins with frames without a face, as clips often do, and ends with a photo."""
    bare = [make["frame"](number / 30, number=number) for number in range(150)]
    film = 'film "1"' if marked else None
    faces = [make["face"]("happy"), make["face"]("sad", 0.4, face_id=1, sure=False)]
    last = make["frame"](5.005005, *faces, number=150, marker=film)
    photo = Picture("Größe, 1.jpg", 9, 9, tuple(faces[:1]), "mien-s", FER2013)
    table = Table(FER2013, video=True)
    with CsvSink(path, table) as sink:
        for item in [*bare, last, photo]:
            sink.add(item)
    return table


R = """
t <- read.csv("{path}")
types <- sapply(t, class)
stopifnot(nrow(t) == 153, ncol(t) == {columns})
stopifnot(t$time[151] == 5.005005, is.na(t$time[153]), is.na(t$frame[153]))
stopifnot(identical(t$face_id[150:153], c(NA, 0L, 1L, 0L)))
stopifnot(identical(t$sure[150:153], c(NA, TRUE, FALSE, TRUE)))
stopifnot(t$marker[151] == '{marker}', t$marker[1] == "" || is.na(t$marker[1]))
stopifnot(t$source[153] == "Gr\\u00f6\\u00dfe, 1.jpg")
stopifnot(abs(mean(t$p_happy, na.rm = TRUE) - 0.6333) < 1e-4)
cat(paste0('"', names(types), '":"', types, '"', collapse = ","))
"""


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="needs R, as in Debian's r-base-core")
def test_r_reads_the_table(tmp_path):
    path = tmp_path / "faces.csv"
    table = write(path)
    script = R.format(path=path, columns=len(table.names), marker='film "1"')
    command = ["Rscript", "--vanilla", "-e", script]
    # The locale tells R that the file is UTF-8.
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert run.returncode == 0, run.stderr
    types = json.loads("{" + run.stdout + "}")
    assert list(types) == list(table.names)
    for name, kind in types.items():
        whole = "integer" if name in WHOLE else "logical" if name == "sure" else "numeric"
        assert kind == ("character" if name in TEXT else whole), name


def test_pandas_reads_the_table(tmp_path):
    pandas = pytest.importorskip("pandas")
    table = write(tmp_path / "faces.csv")
    frame = pandas.read_csv(tmp_path / "faces.csv", dtype_backend="numpy_nullable")
    assert list(frame.columns) == list(table.names)
    for name, kind in frame.dtypes.items():
        whole = "Int64" if name in WHOLE else "boolean" if name == "sure" else "Float64"
        assert str(kind).startswith("string" if name in TEXT else whole), name
    assert frame["face_id"][150:].tolist() == [0, 1, 0]
    assert frame["sure"][150:].tolist() == [True, False, True]
    assert frame["face_id"].isna().sum() == 150
    assert frame["time"][150] == 5.005005
    assert frame["marker"][150] == 'film "1"'
    # Without the setting, pandas keeps whole numbers with gaps as floats.
    plain = pandas.read_csv(tmp_path / "faces.csv")
    assert plain["face_id"].dropna().tolist() == [0.0, 1.0, 0.0]
    assert plain["p_happy"].dtype == "float64"


def test_pandas_reads_a_table_without_markers(tmp_path):
    pandas = pytest.importorskip("pandas")
    write(tmp_path / "faces.csv", marked=False)
    frame = pandas.read_csv(tmp_path / "faces.csv")
    assert frame["marker"].isna().all()


def test_polars_reads_the_table(tmp_path):
    polars = pytest.importorskip("polars")
    table = write(tmp_path / "faces.csv")
    # Without the setting it takes columns whose first 100 rows are empty for text.
    frame = polars.read_csv(tmp_path / "faces.csv", infer_schema_length=None)
    assert frame.columns == list(table.names)
    for name, kind in frame.schema.items():
        whole = "Int64" if name in WHOLE else "Boolean" if name == "sure" else "Float64"
        assert str(kind) == ("String" if name in TEXT else whole), name
    assert frame["face_id"][150:].to_list() == [0, 1, 0]
    assert frame["sure"][149:].to_list() == [None, True, False, True]
    assert frame["time"][150] == 5.005005
    assert frame["marker"][149:].to_list() == [None, 'film "1"', 'film "1"', None]
