"""A file that one run at a time has."""

import os

import pytest

from mien.detect_job.locking import open_alone
from mien.errors import OutputError

fcntl = pytest.importorskip("fcntl", reason="Windows has no such locks")


def test_a_file_that_was_removed_while_it_was_locked_is_made_anew(tmp_path, monkeypatch):
    path = tmp_path / "lock"
    lock = fcntl.flock

    def lock_late(file, how):
        lock(file, how)
        if not removed:
            removed.append(path.unlink())

    removed = []
    monkeypatch.setattr(fcntl, "flock", lock_late)
    with open_alone(path) as file:
        assert os.path.samestat(os.fstat(file.fileno()), path.stat())


def test_a_file_system_without_locks_is_no_obstacle(tmp_path, monkeypatch):
    def refuse(file, how):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with open_alone(tmp_path / "lock") as file:
        file.write(b"a")
    assert (tmp_path / "lock").read_bytes() == b"a"


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(OutputError, match="Cannot write .*: No such file or directory"):
        open_alone(tmp_path / "nowhere" / "lock")
