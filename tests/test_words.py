import pytest

from mien.words import counted, plural


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 epochs"), (1, "1 epoch"), (2, "2 epochs"), (1200, "1,200 epochs")]
)
def test_a_noun_agrees_with_its_number(number: int, words: str) -> None:
    assert counted(number, "epoch") == words


def test_a_plural_may_be_irregular() -> None:
    assert plural(1, "class", "classes") == "class"
    assert plural(2, "class", "classes") == "classes"
