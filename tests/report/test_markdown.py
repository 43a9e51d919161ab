from mien.report.markdown import bullets, plain, table


def test_a_table_has_words_left_and_numbers_right() -> None:
    assert table(("what", "n"), [("a|b", 1), ("c", "2")]) == (
        "| what | n |\n| :-- | --: |\n| a\\|b | 1 |\n| c | 2 |"
    )
    assert table(("what", "value"), [("a", "b")], words=2).splitlines()[1] == "| :-- | :-- |"


def test_a_list_has_a_dash_for_each_line() -> None:
    assert bullets(["one", "two"]) == "- one\n- two"


def test_text_is_shown_as_it_is() -> None:
    assert plain("<b>a*b_c`d[e]</b> & \\") == "&lt;b>a\\*b\\_c\\`d\\[e\\]&lt;/b> &amp; \\\\"
    assert plain("müde, 眠い (1.5)") == "müde, 眠い (1.5)"
