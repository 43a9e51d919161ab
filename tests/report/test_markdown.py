from mien.report.markdown import bullets, number, span, table


def test_a_table_has_words_left_and_numbers_right() -> None:
    assert table(("what", "n"), [("a|b", 1), ("c", "2")]) == (
        "| what | n |\n| :-- | --: |\n| a\\|b | 1 |\n| c | 2 |"
    )
    assert table(("what", "value"), [("a", "b")], words=2).splitlines()[1] == "| :-- | :-- |"


def test_numbers_have_three_decimals_and_their_interval() -> None:
    assert number(0.6666) == "0.667"
    assert number(0.5, (0.25, 0.75)) == "0.500 (0.250 to 0.750)"
    assert number(None, (0, 1)) == number(None) == "–"
    assert span((0, 1)) == "0.000 to 1.000"


def test_a_list() -> None:
    assert bullets(["one", "two"]) == "- one\n- two"
