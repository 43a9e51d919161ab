import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mien.data import read, records
from mien.errors import DataError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
Encode = Callable[..., bytes]


def write(path: Path, columns: dict[str, Any], names: list[str] | None = None) -> Path:
    table = pa.table(columns)
    if names:
        label = {"names": names, "_type": "ClassLabel"}
        metadata = {"huggingface": json.dumps({"info": {"features": {"label": label}}})}
        table = table.replace_schema_metadata(metadata)
    pq.write_table(table, path)
    return path


def test_struct_with_paths(tmp_path: Path, encode: Encode) -> None:
    image = [
        {"bytes": encode(1), "path": "Training_1.png"},
        {"bytes": encode(2), "path": "PrivateTest_2.png"},
        {"bytes": encode(3), "path": None},
    ]
    samples = read(write(tmp_path / "a.parquet", {"image": image, "label": [0, 5, 6]}))
    assert samples.labels.tolist() == [0, 5, 6]
    assert samples.splits.tolist() == ["train", "private", "all"]
    assert samples.names.tolist() == ["row 0", "row 1", "row 2"]
    assert samples.images[:, 0, 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize("column", ["label", "labels", "emotion", "Emotion"])
def test_binary_with_names_and_usage(tmp_path: Path, encode: Encode, column: str) -> None:
    columns = {
        "image": [encode(1), encode(2)],
        column: ["fear", "Happiness"],
        "Usage": ["Training", "PublicTest"],
    }
    path = write(tmp_path / "a.parquet", columns)
    assert read(path).labels.tolist() == [2, 3]
    assert read(path).splits.tolist() == ["train", "public"]
    assert next(iter(records(path))).data == columns["image"][0]


@pytest.mark.skipif(os.name == "nt", reason="names are always Unicode")
def test_a_name_that_is_not_utf8(tmp_path: Path, encode: Encode) -> None:
    path = tmp_path / os.fsdecode(b"gr\xfcn.parquet")
    write(tmp_path / "a.parquet", {"image": [encode(1)], "label": [4]}).rename(path)
    assert read(path).labels.tolist() == [4]


def test_numbers_follow_the_order_that_the_file_states(tmp_path: Path, encode: Encode) -> None:
    alphabetical = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]
    columns = {"image": [encode(1)] * 3, "label": [4, 5, 6]}
    path = write(tmp_path / "a.parquet", columns, alphabetical)
    assert read(path).labels.tolist() == [6, 4, 5]


def test_classes_of_its_own_keep_the_order_that_the_file_states(
    tmp_path: Path, encode: Encode
) -> None:
    columns = {"image": [encode(1), encode(2)], "label": [1, 0]}
    path = write(tmp_path / "a.parquet", columns, ["happy", "contempt"])
    samples = read(path)
    assert samples.vocabulary.names == ("happy", "contempt")
    assert samples.labels.tolist() == [1, 0]


def test_words_of_its_own_are_classes_by_name(tmp_path: Path, encode: Encode) -> None:
    columns = {"image": [encode(1)] * 3, "label": ["tired", "awake", "tired"]}
    samples = read(write(tmp_path / "a.parquet", columns))
    assert samples.vocabulary.names == ("awake", "tired")
    assert samples.labels.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        (["awake", "Awake"], "'Awake' and 'awake' .* differ only in case"),
        (["sad", "hapy"], "did you mean 'happy'"),
        (["awake", "awake"], "Expected 2 to 100 classes, got 1: awake"),
    ],
)
def test_words_that_are_not_classes(
    tmp_path: Path, encode: Encode, labels: list[str], problem: str
) -> None:
    path = write(tmp_path / "a.parquet", {"image": [encode(1)] * 2, "label": labels})
    with pytest.raises(DataError, match=problem):
        read(path)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ((None, 0, "train"), "row 1 has no encoded picture"),
        ((b"", 0, "train"), "row 1 has no encoded picture"),
        ((b"no picture", 0, "train"), "row 1 is (no|not a) picture"),
        ((b"good", 9, "train"), "row 1 has the label 9"),
        ((b"good", None, "train"), "row 1 has the label None"),
        ((b"good", 0, "dev"), "row 1 has the split 'dev'"),
    ],
)
def test_bad_rows(tmp_path: Path, encode: Encode, row: tuple[Any, Any, Any], problem: str) -> None:
    image = encode(1) if row[0] == b"good" else row[0]
    columns = {"image": [encode(1), image], "label": [1, row[1]], "split": ["test", row[2]]}
    path = write(tmp_path / "a.parquet", columns)
    with pytest.raises(DataError, match=f"In {path}, {problem}"):
        read(path)
    samples = read(path, skip_bad=True)
    assert samples.names.tolist() == ["row 0"]
    assert samples.splits.tolist() == ["test"]
    assert len(samples.skipped) == 1


@pytest.mark.parametrize("word", ["Training_1", "angry", "label"])
def test_texts_that_are_not_utf8(tmp_path: Path, encode: Encode, word: str) -> None:
    path = tmp_path / "a.parquet"
    image = [{"bytes": encode(1), "path": "Training_1"}, {"bytes": encode(2), "path": "x"}]
    table = pa.table({"image": image, "label": ["angry", "sad"]})
    pq.write_table(table, path, compression="none", use_dictionary=False, store_schema=False)
    damaged = path.read_bytes().replace(word.encode(), b"\xfc" + word.encode()[1:])
    path.write_bytes(damaged)
    with pytest.raises(DataError, match="Expected a Parquet file in .* codec"):
        list(records(path, skip_bad=True))


def test_missing_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", {"pixels": [1], "class": [2]})
    with pytest.raises(DataError, match="found no image and no label or labels or emotion but pix"):
        read(path)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1 and then nothing that is Parquet PAR1"])
def test_no_parquet(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"Expected a Parquet file in {path}"):
        read(path)
