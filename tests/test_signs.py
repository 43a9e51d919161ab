"""What may stand for a class as its emoji."""

import pytest

from mien.signs import is_sign

RIGHT = {
    "a face": "😀",
    "a sign of old with its style": "☹️",
    "plain": "☺",
    "a skin tone": "👍🏽",
    "a skin tone alone": "\U0001f3fd",
    "a profession": "👩🏾\u200d🔬",
    "a family": "👨\u200d👩\u200d👧\u200d👦",
    "a couple with skin tones": "👩🏽\u200d❤️\u200d💋\u200d👨🏿",
    "a face in clouds": "😶\u200d🌫️",
    "a flag": "🇩🇪",
    "a joined flag": "🏳️\u200d🌈",
    "a flag of tags": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "a keycap": "1\ufe0f\u20e3",
    "a letter": "ä",
    "a letter with its accent apart": "a\u0308",
    "two letters": "Zz",
    "a smiley": ":)",
    "hats": "^^",
    "a character": "笑",
    "newer than Python": "\U0001fae9",
}
WRONG = {
    "nothing": "",
    "NUL": "\0",
    "escape": "\x1b",
    "an escape sequence": "\x1b[31m",
    "a line break": "\n",
    "a face and a line break": "😀\n",
    "a face after escape": "\x1b😀",
    "a C1 control": "\x9b",
    "a line separator": "\u2028",
    "a turn": "\u202e",
    "a turn with a face": "😀\u202e",
    "a space": " ",
    "a face and a space": "😀 ",
    "a hard space": "\u00a0",
    "a joiner": "\u200d",
    "a joiner at the end": "😀\u200d",
    "a joiner at the start": "\u200d😀",
    "joiners at the start": "\u200d\u200d😀",
    "a style": "\ufe0f",
    "an accent": "\u0301",
    "half a character": "\ud83d",
    "a private character": "\ue000",
    "two faces": "😀😀",
    "two flags": "🇩🇪🇫🇷",
    "a face and a letter": "😀a",
    "three letters": "abc",
    "a word": "happy",
    "very many accents": "a" + "\u0301" * 16,
    "a long chain": "\u200d".join("👨" * 9),
}


@pytest.mark.parametrize("name", RIGHT)
def test_signs(name: str) -> None:
    assert is_sign(RIGHT[name])


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_sign(name: str) -> None:
    assert not is_sign(WRONG[name])
