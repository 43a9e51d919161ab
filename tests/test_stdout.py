import io
import sys
from pathlib import Path

import pytest

from mien.errors import SettingsError
from mien.stdout import is_stdout, refuse_terminal, write_bytes


@pytest.mark.parametrize(
    ("path", "expected"),
    [("-", True), (Path("-"), True), ("./-", False), ("a.csv", False), (None, False)],
)
def test_a_dash_alone_is_standard_output(path, expected):
    assert is_stdout(path) is expected


def test_what_is_not_text_is_refused_on_a_terminal_alone(monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    refuse_terminal("Parquet", "parquet_file")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with pytest.raises(SettingsError, match="^Parquet is not text") as caught:
        refuse_terminal("Parquet", "parquet_file")
    assert caught.value.setting == "parquet_file"


def test_bytes_are_written_as_they_are(monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, newline="\r\n"))
    write_bytes(b"\x89PNG\n\xff")
    assert written.getvalue() == b"\x89PNG\n\xff"
