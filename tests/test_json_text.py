import pytest

from mien.json_text import from_json


def test_values_are_those_of_json():
    assert from_json('{"a": [1, "\\ud83d\\ude42", "\\\\ud800"]}') == {"a": [1, "🙂", "\\ud800"]}


@pytest.mark.parametrize("text", ['"\\ud800"', '{"\\uDC00": 1}', '["\\ude42\\ud83d"]'])
def test_half_a_sign_is_refused(text):
    with pytest.raises(ValueError, match="half of a sign"):
        from_json(text)


@pytest.mark.parametrize("text", ["", "{", "9" * 5000])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(ValueError):
        from_json(text)


def test_deep_nesting_is_a_recursion_error():
    with pytest.raises(RecursionError):
        from_json("[" * 100_000)
