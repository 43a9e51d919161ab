from mien.report.markdown import bullets, table


def test_a_table_has_words_left_and_numbers_right() -> None:
    assert table(("what", "n"), [("a|b", 1), ("c", "2")]) == (
        "| what | n |\n| :-- | --: |\n| a\\|b | 1 |\n| c | 2 |"
    )
    assert table(("what", "value"), [("a", "b")], words=2).splitlines()[1] == "| :-- | :-- |"


def test_a_list_has_a_dash_for_each_line() -> None:
    assert bullets(["one", "two"]) == "- one\n- two"
