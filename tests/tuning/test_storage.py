import builtins
import contextlib
import re
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mien.errors import MienError, MissingExtraError, SettingsError, TrainingError
from mien.tuning import storage as module
from mien.tuning.storage import open_storage


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# the storage, what the message must hold
WRONG = [
    ("trials.db", "is not the URL of a database"),
    ("mysql://me:secret@host/x", "PostgreSQL or SQLite, got 'mysql'"),
    ("foo://me:secret@host/x", "PostgreSQL or SQLite, got 'foo'"),
    ("sqlite://", "in memory would be lost"),
    ("sqlite:///:memory:", "in memory would be lost"),
    ("postgresql+psycopg2://me:secret@host/x", "driver of the storage .*psycopg2.*not installed"),
    ("postgresql+nothing://me:secret@host/x", "nothing"),
    ("sqlite:////nowhere/at/all.db", "Cannot open the storage /nowhere/at/all.db"),
    ("postgresql+psycopg://me:secret@nohost.invalid/x?password=secret", "nohost.invalid"),
]


@pytest.mark.parametrize(("url", "message"), WRONG)
def test_a_wrong_storage_is_explained(tmp_path: Path, url: str, message: str) -> None:
    with pytest.raises(MienError, match=message) as caught:
        with open_storage(url, tmp_path, 60):
            pass
    assert "secret" not in str(caught.value)


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    port = closed_port()
    url = f"postgresql+psycopg://me:secret@127.0.0.1:{port}/x"
    shown = rf"me:\*\*\*@127.0.0.1:{port}/x"
    expected = rf"{shown} does not answer: .*refused\. Check .*at 127.0.0.1, port {port}"
    with pytest.raises(SettingsError, match=expected) as caught:
        with open_storage(url, tmp_path, 60):
            pass
    assert "secret" not in str(caught.value)


def test_a_server_that_is_silent_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CONNECT_TIMEOUT", 2)  # what PostgreSQL's client takes at least
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+psycopg://me@127.0.0.1:{silent.getsockname()[1]}/x"
        with pytest.raises(SettingsError, match="does not answer: connection timeout expired"):
            with open_storage(url, tmp_path, 60):
                pass


def test_a_missing_driver_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    there = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.split(".")[0] == "psycopg":
            raise ModuleNotFoundError("no psycopg", name="psycopg")
        return there(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=re.escape("'.[tune-postgresql]'")):
        with open_storage("postgresql+psycopg://me@127.0.0.1/x", tmp_path, 60):
            pass


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "tuning.db").write_text("hello, I am not a database at all" * 10)
    with pytest.raises(SettingsError, match="not a database"):
        with open_storage(None, tmp_path, 60):
            pass
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE studies (name TEXT)")
    connection.close()
    before = other.read_bytes()
    with pytest.raises(SettingsError, match="holds no trials, but studies"):
        with open_storage(f"sqlite:///{other}", tmp_path, 60):
            pass
    assert other.read_bytes() == before


@pytest.mark.parametrize("made", [1, 5, 12])
def test_tables_that_a_killed_process_left_unfinished_are_completed(
    tmp_path: Path, made: int
) -> None:
    with open_storage(None, tmp_path, 60):
        pass
    file, half = tmp_path / "tuning.db", tmp_path / "half.db"
    with contextlib.closing(sqlite3.connect(file)) as whole:
        tables = [sql for (sql,) in whole.execute("SELECT sql FROM sqlite_master WHERE sql > ''")]
        with contextlib.closing(sqlite3.connect(half)) as begun:
            for sql in [sql for sql in tables if sql.startswith("CREATE TABLE")][:made]:
                begun.execute(sql)
    with open_storage(f"sqlite:///{half}", tmp_path, 60):
        pass
    with contextlib.closing(sqlite3.connect(half)) as completed:
        again = [sql for (sql,) in completed.execute("SELECT sql FROM sqlite_master")]
    assert set(tables) <= set(again)


def test_a_file_of_another_optuna_is_refused(tmp_path: Path) -> None:
    with open_storage(None, tmp_path, 60):
        pass
    with sqlite3.connect(tmp_path / "tuning.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'v9.9.9'")
    connection.close()
    with pytest.raises(SettingsError, match="created by another version of optuna"):
        with open_storage(None, tmp_path, 60):
            pass


def test_a_file_belongs_to_one_process_until_that_ends(tmp_path: Path) -> None:
    code = (
        "import sqlite3, sys, time\n"
        "kept = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "kept.execute('BEGIN EXCLUSIVE')\nprint('mine', flush=True)\ntime.sleep(100)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "tuning.db.lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "mine\n"
        with pytest.raises(TrainingError, match="Another process is tuning with .*PostgreSQL"):
            with open_storage(None, tmp_path, 60):
                pass
        other.kill()
    with open_storage(None, tmp_path, 60) as storage:
        assert not storage.shared


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "50% {of} them? #1"
    folder.mkdir()
    with open_storage(None, folder, 60):
        pass
    assert (folder / "tuning.db").stat().st_size > 0
