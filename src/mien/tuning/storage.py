"""Opens the database of the trials: a file for one process, or a server for many."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from mien.errors import SettingsError, TrainingError, require
from mien.training.run import RESUME_HINT
from mien.training.silence import quiet

CONNECT_TIMEOUT = 10
"""Seconds that a server may take to accept a connection."""

LOCK_TIMEOUT = 60
"""Seconds that another worker may take to claim its trial."""

MISSED_HEARTBEATS = 3
"""Heartbeats that a worker may miss before it counts as dead."""

_FORMS = (
    "Use postgresql+psycopg://USER:PASSWORD@HOST/DATABASE or sqlite:///FILE, or leave the storage"
    " unset for a file in the output folder."
)
_CHECK = "Check its folder, its permissions and the free space on the disk."


def read_url(text: str | None, folder: Path) -> URL:
    """Parse a storage's URL, and refuse what could not keep the trials."""
    if text is None:
        return URL.create("sqlite", database=str(folder / "tuning.db"))
    try:
        url = make_url(text)
        kind = url.get_backend_name()
    except (ArgumentError, ValueError):
        # The text is not repeated: it may hold a password.
        raise _refusal("The storage is not the URL of a database.") from None
    if kind not in ("postgresql", "sqlite"):
        raise _refusal(f"Expected a storage in PostgreSQL or SQLite, got {kind!r}.")
    if kind == "sqlite" and url.database in (None, "", ":memory:"):
        raise _refusal("A storage in memory would be lost with the process.")
    if kind == "postgresql":
        require("psycopg", "tune-postgresql")
    try:
        url.get_dialect().import_dbapi()
    except (ImportError, NoSuchModuleError) as error:
        raise _refusal(f"The driver of the storage {public_name(url)} is not installed.") from error
    return url


def _refusal(problem: str) -> SettingsError:
    return SettingsError(problem, _FORMS, "storage")


def public_name(url: URL) -> str:
    """Return a URL without what may be secret; the path of a file."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(query={}).render_as_string(hide_password=True)


def _engine_options(url: URL) -> dict[str, object]:
    """Return how SQLAlchemy treats a server: how long to wait, and that it may restart."""
    if url.get_backend_name() == "sqlite":
        return {}
    return {"pool_pre_ping": True, "connect_args": {"connect_timeout": CONNECT_TIMEOUT}}


def _cannot_open(url: URL, error: Exception) -> SettingsError:
    """Say why a storage could not be opened."""
    if url.get_backend_name() == "sqlite":
        return SettingsError(
            f"Cannot open the storage {public_name(url)}: {_reason(error)}.", _CHECK, "storage"
        )
    place = f"{url.host or 'the local socket'}, port {url.port or 5432}"
    return SettingsError(
        f"The storage {public_name(url)} does not answer: {_reason(error)}.",
        f"Check that PostgreSQL runs at {place}, and the user, password and database.",
        "storage",
    )


def _reason(error: BaseException) -> str:
    """Return what the database itself said, in one line."""
    original = error
    while original.__cause__ is not None:
        original = original.__cause__
    # PostgreSQL's advice, which the sentence around this repeats.
    lines = [line for line in str(original).splitlines() if "Is the server running" not in line]
    return " ".join(" ".join(lines).split()).rstrip(".?")


class Storage:
    """An open database of trials.

    A file belongs to one process at a time, so that a trial which is running when it is opened
    was left by a dead one. A server is shared: its workers send heartbeats, and take turns.

    Parameters
    ----------
    url
        The database.
    heartbeat
        Seconds between heartbeats.
    """

    def __init__(self, url: URL, heartbeat: int) -> None:
        self.name = public_name(url)
        self.shared = url.get_backend_name() == "postgresql"
        self.heartbeat = heartbeat
        self._engine = sqlalchemy.create_engine(url, **_engine_options(url))
        self._lock = None if self.shared else _lock_file(Path(str(url.database)))
        try:
            # Two workers that create the tables at the same time would fail.
            with self.exclusive():
                text = url.render_as_string(hide_password=False)
                self.trials = RDBStorage(
                    # Optuna formats the text, so braces are doubled.
                    text.replace("{", "{{").replace("}", "}}"),
                    _engine_options(url),
                    heartbeat_interval=heartbeat if self.shared else None,
                    grace_period=MISSED_HEARTBEATS * heartbeat if self.shared else None,
                )
        except BaseException:
            self.close()
            raise

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Lock all other workers out, after waiting for one that did; a dead one locks nobody out.

        Optuna's messages are hidden meanwhile.
        """
        with quiet("optuna"):
            if self.shared:
                with self._advisory_lock():
                    yield
            else:
                yield

    @contextlib.contextmanager
    def _advisory_lock(self) -> Iterator[None]:
        """Hold a lock of the server."""
        # One key for all tunings, since none holds it for long.
        key = int.from_bytes(hashlib.sha256(b"mien tune").digest()[:7])
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}s'")
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({key})")
            try:
                yield
            finally:
                connection.exec_driver_sql(f"SELECT pg_advisory_unlock({key})")

    @contextlib.contextmanager
    def heartbeats(self, trial_id: int) -> Iterator[None]:
        """Send heartbeats for a trial while it runs."""
        if not self.shared:
            yield
            return
        ended = threading.Event()
        thread = threading.Thread(target=self._beat, args=(trial_id, ended), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _beat(self, trial_id: int, ended: threading.Event) -> None:
        while not ended.wait(self.heartbeat):
            # If the server is gone, the trial's next report fails with a message.
            with contextlib.suppress(SQLAlchemyError, StorageInternalError):
                self.trials.record_heartbeat(trial_id)

    def close(self) -> None:
        """Close the database."""
        if hasattr(self, "trials"):
            self.trials.remove_session()
            self.trials.engine.dispose()
        self._engine.dispose()
        if self._lock is not None:
            self._lock.close()


@contextlib.contextmanager
def open_storage(text: str | None, folder: Path, heartbeat: int) -> Iterator[Storage]:
    """Open a storage, and turn the database's errors into mien's while it is open.

    Parameters
    ----------
    text
        Its URL; None stands for tuning.db in the folder.
    folder
        Folder of the tuning.
    heartbeat
        Seconds between heartbeats.

    Raises
    ------
    SettingsError
        If the URL is not that of a storage, or the database does not answer or holds other data.
    TrainingError
        If the file is in use, or the database fails later.
    MissingExtraError
        If the driver is not installed.
    """
    url = read_url(text, folder)
    try:
        storage = Storage(url, heartbeat)
    except (SQLAlchemyError, StorageInternalError) as error:
        raise _cannot_open(url, error) from error
    except RuntimeError as error:
        raise SettingsError(
            f"The storage {public_name(url)} was created by another version of optuna.",
            "Choose another storage, or install the version that created it.",
            "storage",
        ) from error
    try:
        yield storage
    except (SQLAlchemyError, StorageInternalError) as error:
        raise TrainingError(
            f"The storage {storage.name} failed: {_reason(error)}.",
            f"Finished trials are kept. Repair it, then continue. {RESUME_HINT}",
        ) from error
    finally:
        storage.close()


def _lock_file(file: Path) -> sqlite3.Connection:
    """Lock a file for this process until it closes the lock or ends in whatever way."""
    _check_content(file)
    lock = file.with_name(f"{file.name}.lock")
    try:
        connection = sqlite3.connect(lock, timeout=0, isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise TrainingError(
                f"Another process is tuning with {file}.",
                "Wait until it has finished, or let several processes share a PostgreSQL server as"
                " the storage.",
                "storage",
            ) from error
        raise SettingsError(
            f"Cannot open the storage {file}: {error}.", _CHECK, "storage"
        ) from error
    return connection


def _check_content(file: Path) -> None:
    """Refuse a file that holds other data, before tables are added to it."""
    if not file.is_file() or not file.stat().st_size:
        return
    try:
        with contextlib.closing(sqlite3.connect(file)) as connection:
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables = {name for (name,) in rows}
            if _half_made(connection, tables):
                # Optuna would complete the tables, but not their indices.
                for table in tables:
                    connection.execute(f'DROP TABLE "{table}"')
                tables = set()
    except sqlite3.DatabaseError as error:
        raise _refusal(f"Cannot read the storage {file}: {error}.") from error
    if tables and "trial_heartbeats" not in tables:
        raise SettingsError(
            f"The storage {file} holds no trials, but {', '.join(sorted(tables)[:3])}.",
            "Choose another file, which need not exist yet.",
            "storage",
        )


def _half_made(connection: sqlite3.Connection, tables: set[str]) -> bool:
    """Return whether a process was killed as it made optuna's tables.

    They hold nothing then but perhaps the version of optuna; that of the tables comes last.
    """
    from optuna.storages._rdb.models import BaseModel

    own = {name: set(table.columns.keys()) for name, table in BaseModel.metadata.tables.items()}
    own["alembic_version"] = {"version_num"}
    return all(
        _columns(connection, table) == own.get(table)
        and (table == "version_info" or _is_empty(connection, table))
        for table in tables
    )


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    """Return the names of a table's columns."""
    rows = connection.execute("SELECT name FROM pragma_table_info(?)", [table])
    return {name for (name,) in rows}


def _is_empty(connection: sqlite3.Connection, table: str) -> bool:
    return connection.execute(f'SELECT 1 FROM "{table}"').fetchone() is None  # noqa: S608
