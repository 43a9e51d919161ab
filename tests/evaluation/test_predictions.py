import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mien.classes import FER2013, NAMES, Vocabulary
from mien.data import Samples
from mien.errors import DataError, OutputError
from mien.evaluation.predictions import (
    Predictions,
    columns,
    match,
    read_predictions,
    write_predictions,
)

PATH = Path("said.parquet")


@pytest.fixture
def kept(samples: Samples) -> Predictions:
    random = np.random.default_rng(0).dirichlet(np.ones(7), len(samples)).astype(np.float32)
    return Predictions.of("lobonet", random, samples)


def test_rows_come_back_in_the_order_of_the_data(samples: Samples, kept: Predictions) -> None:
    order = np.random.default_rng(1).permutation(len(samples))
    assert (match(PATH, kept, samples[order]) == kept.probabilities[order]).all()


def some(kept: Predictions, rows: object) -> Predictions:
    fields = ("names", "splits", "labels", "probabilities", "pixels")
    return dataclasses.replace(kept, **{name: getattr(kept, name)[rows] for name in fields})


def test_other_faces_are_refused(samples: Samples, kept: Predictions) -> None:
    with pytest.raises(
        DataError,
        match="Expected the 140 faces of the data in said.parquet, found 137: row 137 is in only"
        " one of the two, as are 2 more",
    ):
        match(PATH, some(kept, slice(137)), samples)
    with pytest.raises(DataError, match="holds a name twice"):
        match(PATH, some(kept, np.r_[0, :140]), samples)
    labels = kept.labels.copy()
    labels[[3, 5]] = 0
    with pytest.raises(DataError, match="other labels for 2 of 140 faces, one of them row 3"):
        match(PATH, dataclasses.replace(kept, labels=labels), samples)
    pixels = kept.pixels.copy()
    pixels[7] = "0" * 32
    with pytest.raises(DataError, match="other pixels for 1 of 140 faces, one of them row 7"):
        match(PATH, dataclasses.replace(kept, pixels=pixels), samples)


@pytest.mark.parametrize("row", [[0.5] * 7, [1.5, -0.5, 0, 0, 0, 0, 0]])
def test_what_is_no_probability(samples: Samples, kept: Predictions, row: list[float]) -> None:
    wrong = kept.probabilities.copy()
    wrong[2] = row
    with pytest.raises(DataError, match="probabilities that sum to 1"):
        match(PATH, dataclasses.replace(kept, probabilities=wrong), samples)


def said_of(samples: Samples) -> Predictions:
    drawn = np.random.default_rng(0).dirichlet(np.ones(7), len(samples)).astype(np.float32)
    return Predictions.of("some-net", drawn, samples)


def test_what_is_written_is_read(samples: Samples, tmp_path: Path) -> None:
    written = said_of(samples)
    write_predictions(tmp_path / "a.parquet", written)
    read = read_predictions(tmp_path / "a.parquet")
    assert (read.net, read.sha256) == ("some-net", samples.sha256)
    for field in ("names", "splits", "labels", "probabilities", "pixels", "predicted"):
        np.testing.assert_array_equal(getattr(read, field), getattr(written, field))
    assert read.labels.dtype == np.int8


@pytest.mark.skipif(os.name == "nt", reason="names are always Unicode")
def test_a_name_that_is_not_utf8(kept: Predictions, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"gr\xfcn.parquet")
    write_predictions(path, kept)
    assert np.array_equal(read_predictions(path).probabilities, kept.probabilities)


def test_the_file_is_for_everyone(samples: Samples, tmp_path: Path) -> None:
    written = said_of(samples)
    write_predictions(tmp_path / "a.parquet", written)
    table = pq.read_table(tmp_path / "a.parquet")
    assert tuple(table.column_names) == columns(FER2013)
    row = table.to_pylist()[3]
    assert (row["name"], row["split"], row["label"]) == ("row 3", "train", "happy")
    chances = {name: row[f"p_{name}"] for name in NAMES}
    assert row["predicted"] == max(chances, key=lambda name: chances[name])
    assert table.schema.field("p_angry").type == pa.float32()
    metadata = table.schema.metadata
    assert (metadata[b"net"], metadata[b"data_sha256"]) == (b"some-net", b"0" * 64)
    assert Vocabulary.from_list(json.loads(metadata[b"classes"])) == FER2013


def test_sorting_keeps_rows_together(samples: Samples) -> None:
    mixed = said_of(samples[np.random.default_rng(1).permutation(len(samples))])
    in_order = mixed.by_name()
    assert in_order.names.tolist() == sorted(samples.names.tolist())
    row = mixed.names.tolist().index("row 50")
    place = in_order.names.tolist().index("row 50")
    assert in_order.pixels[place] == mixed.pixels[row]
    np.testing.assert_array_equal(in_order.probabilities[place], mixed.probabilities[row])


def test_a_folder_that_is_missing(samples: Samples, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="Cannot write") as caught:
        write_predictions(tmp_path / "none" / "a.parquet", said_of(samples))
    assert caught.value.setting == "predictions"


def test_a_file_of_an_older_version_is_read(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    written = said_of(samples)
    write_predictions(path, written)
    old = {b"net": b"old", b"data_sha256": b"1" * 64}
    pq.write_table(pq.read_table(path).replace_schema_metadata(old), path)
    read = read_predictions(path)
    assert (read.net, read.vocabulary, read.crop_shape) == ("old", FER2013, (48, 48))
    np.testing.assert_array_equal(read.probabilities, written.probabilities)


OWN = Vocabulary.named(["tired", "awake", "yawning"], {"tired": "🦥"}, {"awake": (1, 2, 3)})


def own_classes(samples: Samples) -> Predictions:
    few = dataclasses.replace(samples[:3], labels=np.array([0, 1, 2], np.int8), vocabulary=OWN)
    chances = np.array([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.5, 0.25, 0.25]], np.float32)
    return Predictions.of("own", chances, few)


def test_own_classes_are_kept_with_emoji_and_colours(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_predictions(path, own_classes(samples))
    assert pq.read_table(path).column_names[4:7] == ["p_tired", "p_awake", "p_yawning"]
    read = read_predictions(path)
    assert read.vocabulary == OWN
    assert read.labels.tolist() == [0, 1, 2]
    assert read.predicted.tolist() == [0, 1, 0]


def test_classes_can_be_numbered_in_another_order(samples: Samples) -> None:
    other = Vocabulary.named(["awake", "yawning", "tired"])
    moved = own_classes(samples).relabelled(other)
    assert moved.labels.tolist() == [2, 0, 1]
    assert moved.predicted.tolist() == [2, 0, 2]
    assert moved.probabilities[0].tolist() == pytest.approx([0.2, 0.1, 0.7])
    with pytest.raises(DataError, match="own tells apart tired, awake and yawning, the other"):
        own_classes(samples).relabelled(FER2013)


def test_wrong_files_are_explained(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    with pytest.raises(DataError, match="Cannot read predictions from .*a.parquet: No such file"):
        read_predictions(path)
    path.write_bytes(b"no Parquet")
    with pytest.raises(DataError, match="Expected predictions as Parquet in .*got something else"):
        read_predictions(path)
    pq.write_table(pa.table({"name": ["a"], "split": ["all"]}), path)
    with pytest.raises(DataError, match="found no label, predicted, p_angry"):
        read_predictions(path)
    write_predictions(path, said_of(samples))
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({}), path)
    with pytest.raises(DataError, match="found no net"):
        read_predictions(path)
    words = pa.array(["much"] * len(samples))
    pq.write_table(table.set_column(4, "p_angry", words), path)
    with pytest.raises(DataError, match="a number in every p_ column"):
        read_predictions(path)
    labels = pa.array(["contempt"] * len(samples))
    pq.write_table(table.set_column(2, "label", labels), path)
    with pytest.raises(DataError, match="labels such as angry"):
        read_predictions(path)
