"""Outputs are refused before anything is read or written."""

from pathlib import Path

import numpy as np
import pytest

from mien.detect_job import DetectJob
from mien.detect_job.outputs import uses_stdout
from mien.drawing.sheet_files import to_png
from mien.errors import SettingsError

# What is asked for beside the sources, and the setting and the words of the refusal.
REFUSED = [
    ({"sources": []}, "sources", "No pictures were named"),
    ({"explain": True, "annotate": False}, "explain", "drawn on the annotated copies"),
    ({"json": "x", "csv": "x"}, "csv_file", "Two outputs have the same name"),
    ({"json": "x", "csv": "new/../x"}, "csv_file", "Two outputs have the same name"),
    ({"json": "-", "csv": "-"}, "csv_file", "Two outputs have the same name"),
    ({"json": "a.jpg"}, "json_file", "is read as an input"),
    ({"csv": "c.jpg"}, "csv_file", "is read as an input"),
    ({"sources": ["a.jpg"], "csv": "c.jpg"}, "csv_file", "not an earlier output of mien"),
    ({"truth": Path("truth.csv"), "csv": "truth.csv"}, "csv_file", "is read as an input"),
    ({"json": "."}, "json_file", "is a folder"),
    ({"csv": "link.csv"}, "csv_file", "is read as an input"),
    ({"csv": "nope/../a.jpg"}, "csv_file", "is read as an input"),
    ({"csv": "nope/../bare.png", "annotate": False}, "csv_file", "is read as an input"),
    ({"sources": ["a.jpg"], "json": "n/../notes.txt"}, "json_file", "not an earlier output"),
    ({"truth": Path("truth.csv"), "csv": "nope/../truth.csv"}, "csv_file", "read as an input"),
    ({"csv": "a.mien.jpg"}, "csv_file", "the output is not a picture"),
    ({"csv": "metadata.json"}, "csv_file", "extension of json"),
    ({"csv": "t.csv", "json": "n/../metadata.json"}, "json_file", "describes a table"),
    ({"csv": "pictures.json"}, "csv_file", "not an earlier output of mien of the same kind"),
    ({"json": f"{'y' * 300}.json"}, "json_file", "File name too long"),
]


@pytest.mark.parametrize(("values", "setting", "words"), REFUSED)
def test_refusals_come_before_anything_is_written(photos, settings, values, setting, words):
    Path("truth.csv").write_text("file,expression\na.jpg,happy\n")
    Path("link.csv").symlink_to("a.jpg")
    Path("notes.txt").write_text("Buy milk.")
    Path("pictures.json").write_text('[{"source": "a.jpg", "width": 1}]')
    before = {path: path.read_bytes() for path in photos.iterdir()}
    with pytest.raises(SettingsError, match=words) as caught:
        DetectJob(settings(**{"sources": ["*.jpg", "bare.png"], "out": "new"} | values))
    assert caught.value.setting == setting
    assert "--" not in str(caught.value)
    assert {path: path.read_bytes() for path in photos.iterdir()} == before


def test_a_sheet_that_is_read_is_not_replaced(photos, settings):
    Path("s.png").write_bytes(to_png(np.zeros((4, 4, 3), np.uint8)))
    with pytest.raises(SettingsError, match=r"s\.png would be replaced"):
        DetectJob(settings(sources=["s.png"], sheet=Path("s.png")))


def test_the_networks_own_files_are_not_replaced(photos, settings, net):
    for name in (str(net), str(net.with_suffix(".json"))):
        with pytest.raises(SettingsError, match="is read as an input"):
            DetectJob(settings(sources=["a.jpg"], json=name))


@pytest.mark.parametrize("name", ["json", "csv", "parquet", "sheet"])
def test_an_output_on_standard_output_is_known(settings, name):
    assert uses_stdout(settings(sources=["a.jpg"], **{name: "-"}))
    assert not uses_stdout(settings(sources=["a.jpg"], **{name: "file"}))
