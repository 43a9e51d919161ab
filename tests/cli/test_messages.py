"""Errors on the command line: each names the flag, argument or setting that would help."""

import sys
import warnings

import pytest

from mien.cli.messages import complain, in_words, say_skipped, say_warnings
from mien.errors import SettingsError

# the words of the command line, the error's setting, what is added to its sentences
HINTS = [
    (["train"], "batch_size", "Flag: --batch-size."),
    (["detect", "a.jpg"], "json_file", "Flag: --json."),
    (["detect", "a.jpg"], "json", "Flag: --json."),
    (["detect", "a.jpg"], "max_megapixels", "Flag: --max-megapixels."),
    (["detect", "a.jpg"], "annotate", "Flag: --no-annotate."),
    (["detect", "a.jpg"], "explain", "Flag: --explain."),
    (["detect"], "sources", "Argument: SOURCE."),
    (["train"], "data", "Flag: --data."),
    (["evaluate"], "data", "Argument: DATA."),
    (["data", "audit", "x.zip"], "folds", "Flag: --folds."),
    # settings without a flag are named as in config.toml
    (["tune"], "space", "Setting: tune.space."),
    (["evaluate"], "max_megapixels", "Setting: max_megapixels."),
    (["train"], "max_zip_growth", "Setting: limits.max_zip_growth."),
    (["detect", "a.jpg"], "max_faces", "Flag: --max-faces."),
    (["detect", "a.jpg"], "max_megabytes", "Flag: --max-megabytes."),
    (["my/config.toml"], "data", "Setting: data."),
    (["my/config.toml"], "csv_file", "Setting: detect.csv."),
    (["my/config.toml"], "json_file", "Setting: json."),
    ([], "batch_size", "Setting: train.batch_size."),
]


@pytest.mark.parametrize(("words", "setting", "hint"), HINTS)
def test_an_error_names_what_would_help(
    monkeypatch: pytest.MonkeyPatch, words: list[str], setting: str, hint: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["mien", *words])
    error = SettingsError("That is too much.", "Use less.", setting)
    assert in_words(error) == f"That is too much. Use less. ({hint})"


# what an error says already, the setting, whether it names the setting
NAMED = [
    ("Use --json.", "json_file", True),
    ("Use '--json'.", "json_file", True),
    ("Use --json-lines.", "json_file", False),
]


@pytest.mark.parametrize(("fix", "setting", "named"), NAMED)
def test_a_flag_is_named_once(
    monkeypatch: pytest.MonkeyPatch, fix: str, setting: str, named: bool
) -> None:
    monkeypatch.setattr(sys, "argv", ["mien", "detect", "a.jpg"])
    text = in_words(SettingsError("No.", fix, setting))
    assert text == f"No. {fix}" if named else f"No. {fix} (Flag: --json.)"


def test_what_only_python_can_set_is_not_named() -> None:
    assert in_words(SettingsError("No.", "Use less.", "workers")) == "No. Use less."
    assert in_words(SettingsError("No.")) == "No."


# skipped pictures, what is printed
SKIPPED = [
    ([], ""),
    (["a.png is empty."], "1 bad picture was skipped:\n  a.png is empty.\n"),
    (list("abcde"), "5 bad pictures were skipped:\n  a\n  b\n  c\n  and 2 more.\n"),
]


@pytest.mark.parametrize(("skipped", "printed"), SKIPPED)
def test_the_first_skipped_pictures_are_named(
    capsys: pytest.CaptureFixture[str], skipped: list[str], printed: str
) -> None:
    say_skipped(skipped)
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", printed)


def test_errors_are_printed_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    complain(SettingsError("No.", "Use less."))
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "mien: No. Use less.\n")


def test_what_the_library_warns_of_is_a_message(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    others: list[object] = []
    monkeypatch.setattr(warnings, "showwarning", lambda text, *_, **__: others.append(str(text)))
    say_warnings()
    warnings.showwarning(UserWarning("A sentence."), UserWarning, "file.py", 1)
    assert capsys.readouterr().err == "mien: A sentence.\n"
    # What is not meant for the user is shown as it was before.
    warnings.showwarning(DeprecationWarning("Old."), DeprecationWarning, "file.py", 1)
    assert (capsys.readouterr().err, others) == ("", ["Old."])
