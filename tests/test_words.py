import pytest

from mien.words import counted, file_size, plural, printable


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 epochs"), (1, "1 epoch"), (2, "2 epochs"), (1200, "1,200 epochs")]
)
def test_a_noun_agrees_with_its_number(number: int, words: str) -> None:
    assert counted(number, "epoch") == words


def test_a_plural_may_be_irregular() -> None:
    assert plural(1, "class", "classes") == "class"
    assert plural(2, "class", "classes") == "classes"


@pytest.mark.parametrize(
    ("size", "words"),
    [(400, "1 kB"), (38_400, "38 kB"), (949_999, "950 kB"), (950_000, "0.9 MB"),
     (1_363_000, "1.4 MB"), (11_040_000, "11.0 MB")],
)  # fmt: skip
def test_no_file_has_a_size_of_nothing(size: int, words: str) -> None:
    assert file_size(size) == words


@pytest.mark.parametrize(
    ("text", "shown"), [("a\ud800b", "a\\ud800b"), ("\udcff.jpg", "\\xff.jpg"), ("a\nb", "a\\nb")]
)
def test_every_text_can_be_printed(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(text).encode()
