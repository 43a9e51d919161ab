import pytest

from mien.classes import NAMES
from mien.data.labels import label_of_name, label_of_value, split_of_path, split_of_usage


@pytest.mark.parametrize(("number", "name"), list(enumerate(NAMES)))
def test_own_names_stand_for_their_numbers(number: int, name: str) -> None:
    assert label_of_name(name) == label_of_name(name.upper()) == number
    assert label_of_value(number) == label_of_value(str(number)) == label_of_value(name) == number


@pytest.mark.parametrize(
    ("word", "label"),
    [("Anger", 0), ("disgusted", 1), ("fearful", 2), ("HAPPINESS", 3), ("sadness", 4),
     ("surprised", 5), ("contempt", None), ("3", None), ("", None)],
)  # fmt: skip
def test_synonyms(word: str, label: int | None) -> None:
    assert label_of_name(word) == label


@pytest.mark.parametrize(
    "value",
    [9, -1, "9", "-1", "3.0", 3.0, True, None, "", "contempt", "6\x1d", "9" * 5000],
)
def test_values_that_are_no_class(value: object) -> None:
    assert label_of_value(value) is None


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("train/angry/Training_3.jpg", "train"),
        ("test/angry/PublicTest_3.jpg", "public"),
        ("test/angry/PrivateTest_3.jpg", "private"),
        ("test/angry/3.jpg", "test"),
        ("fer2013/TRAIN/angry/3.jpg", "train"),
        ("images/validation/angry/3.jpg", "validation"),
        # The folder nearest to the picture counts.
        ("test/train/angry/3.jpg", "train"),
        ("angry/3.jpg", "all"),
        ("angry/privatetest_3.jpg", "private"),
        # Only a file's own prefix counts, not the folders' beginnings.
        ("training_set/angry/3.jpg", "all"),
    ],
)
def test_split_of_path(path: str, split: str) -> None:
    assert split_of_path(path.split("/")) == split


@pytest.mark.parametrize(
    ("usage", "split"),
    [("Training", "train"), (" PublicTest", "public"), ("PrivateTest", "private"),
     ("test", "test"), ("Usage", None), ("", None)],
)  # fmt: skip
def test_split_of_usage(usage: str, split: str | None) -> None:
    assert split_of_usage(usage) == split
