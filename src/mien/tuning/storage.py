"""Opens the database that keeps the trials: a file of one process, or a server for many."""

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
from mien.training.resume_or_train import AGAIN
from mien.training.silence import quiet

PATIENCE = 10
"""Seconds that a server may take to answer a call."""

FORMS = (
    "Use postgresql+psycopg://USER:PASSWORD@HOST/DATABASE or sqlite:///FILE, or leave --storage out"
    " for a file in --out."
)


def read_url(text: str | None, folder: Path) -> URL:
    """Read a storage's URL, and refuse what could not keep the trials."""
    if text is None:
        return URL.create("sqlite", database=str(folder / "tuning.db"))
    try:
        url = make_url(text)
        kind = url.get_backend_name()
    except (ArgumentError, ValueError):
        # The text is not repeated: it may hold a password.
        raise SettingsError("Expected --storage to be the URL of a database.", FORMS) from None
    if kind not in ("postgresql", "sqlite"):
        raise SettingsError(f"Expected a storage in PostgreSQL or SQLite, got {kind!r}.", FORMS)
    if kind == "sqlite" and url.database in (None, "", ":memory:"):
        raise SettingsError("A storage in memory would be lost with the process.", FORMS)
    if kind == "postgresql":
        require("psycopg", "tune-postgresql")
    try:
        url.get_dialect().import_dbapi()
    except (ImportError, NoSuchModuleError) as error:
        raise SettingsError(
            f"The driver of the storage {shown(url)} is not installed.", FORMS
        ) from error
    return url


def written(url: URL) -> str:
    """Write a URL with all that it holds, for a program."""
    return url.render_as_string(hide_password=False)


def shown(url: URL) -> str:
    """Write a URL for a person to read, without what may be secret."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(query={}).render_as_string(hide_password=True)


def options(url: URL) -> dict[str, object]:
    """Give what SQLAlchemy needs to know of a server: how long to wait, and that it may restart."""
    if url.get_backend_name() == "sqlite":
        return {}
    return {"pool_pre_ping": True, "connect_args": {"connect_timeout": PATIENCE}}


def unopened(url: URL, error: Exception) -> SettingsError:
    """Say why a storage could not be opened."""
    if url.get_backend_name() == "sqlite":
        return SettingsError(
            f"Cannot open the storage {shown(url)}: {reason(error)}.",
            "Check its folder, its rights and the room on the disk.",
        )
    place = f"{url.host or 'the local socket'}, port {url.port or 5432}"
    return SettingsError(
        f"The storage {shown(url)} does not answer: {reason(error)}.",
        f"Check that PostgreSQL runs at {place}, and the user, password and database.",
    )


def reason(error: BaseException) -> str:
    """Give what the database itself said, in one line."""
    original = error
    while original.__cause__ is not None:
        original = original.__cause__
    # PostgreSQL's advice, which the sentence around it gives too.
    lines = [line for line in str(original).splitlines() if "Is the server running" not in line]
    return " ".join(" ".join(lines).split()).rstrip(".?")


LOCK_PATIENCE = 60
"""Seconds that another worker may take to claim its trial."""

GRACE = 3
"""Signs of life that may be missed before a worker counts as dead."""


class Storage:
    """An open database of trials.

    A file belongs to one process at a time, so that a trial which is running when it is opened
    must be a dead one's. A server is shared: its workers give signs of life, and take turns.
    """

    def __init__(self, url: URL, heartbeat: int) -> None:
        self.shown = shown(url)
        self.shared = url.get_backend_name() == "postgresql"
        self.heartbeat = heartbeat
        self._engine = sqlalchemy.create_engine(url, **options(url))
        self._owner = None if self.shared else _own(Path(str(url.database)))
        try:
            # Two workers that make the tables at the same time would stumble over each other.
            with self.alone():
                self.trials = RDBStorage(
                    # Optuna fills in what stands in braces.
                    written(url).replace("{", "{{").replace("}", "}}"),
                    options(url),
                    heartbeat_interval=heartbeat if self.shared else None,
                    grace_period=GRACE * heartbeat if self.shared else None,
                )
        except BaseException:
            self.close()
            raise

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep all other workers out, or wait until they are; a dead one keeps nobody out.

        Whatever optuna has to say is said in here, and hidden.
        """
        with quiet("optuna"):
            if self.shared:
                with self._turn():
                    yield
            else:
                yield

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for this worker's turn on a server."""
        # One key for all tunings: what is done alone takes a moment.
        key = int.from_bytes(hashlib.sha256(b"mien tune").digest()[:7])
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_PATIENCE}s'")
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({key})")
            try:
                yield
            finally:
                connection.exec_driver_sql(f"SELECT pg_advisory_unlock({key})")

    @contextlib.contextmanager
    def alive(self, trial_id: int) -> Iterator[None]:
        """Give signs of life for a trial while it runs."""
        if not self.shared:
            yield
            return
        ended = threading.Event()
        beating = threading.Thread(target=self._beat, args=(trial_id, ended), daemon=True)
        beating.start()
        try:
            yield
        finally:
            ended.set()
            beating.join()

    def _beat(self, trial_id: int, ended: threading.Event) -> None:
        while not ended.wait(self.heartbeat):
            # A server that is away is met by the trial's next report, which says so.
            with contextlib.suppress(SQLAlchemyError, StorageInternalError):
                self.trials.record_heartbeat(trial_id)

    def close(self) -> None:
        """Let go of the database."""
        if hasattr(self, "trials"):
            self.trials.remove_session()
            self.trials.engine.dispose()
        self._engine.dispose()
        if self._owner is not None:
            self._owner.close()


@contextlib.contextmanager
def open_storage(text: str | None, folder: Path, heartbeat: int) -> Iterator[Storage]:
    """Open a storage, and say in a sentence whatever goes wrong with it from now on.

    Parameters
    ----------
    text
        Its URL; None takes tuning.db in the folder.
    folder
        Folder of the tuning.
    heartbeat
        Seconds between signs of life.

    Raises
    ------
    SettingsError
        If it is no URL of a storage, does not answer, or holds something else.
    TrainingError
        If it is in use, or fails later.
    MissingExtraError
        If the driver is not installed.
    """
    url = read_url(text, folder)
    try:
        storage = Storage(url, heartbeat)
    except (SQLAlchemyError, StorageInternalError) as error:
        raise unopened(url, error) from error
    except RuntimeError as error:
        raise SettingsError(
            f"The storage {shown(url)} was made by another version of optuna.",
            "Name another one with --storage, or install the optuna that made it.",
        ) from error
    try:
        yield storage
    except (SQLAlchemyError, StorageInternalError) as error:
        raise TrainingError(
            f"The storage {storage.shown} fails: {reason(error)}.",
            f"Finished trials are kept; see to it, then: {AGAIN[0].lower()}{AGAIN[1:]}",
        ) from error
    finally:
        storage.close()


def _own(file: Path) -> sqlite3.Connection:
    """Make this process the only one that uses a file, until it ends in whatever way."""
    _check_content(file)
    lock = file.with_name(f"{file.name}.lock")
    try:
        connection = sqlite3.connect(lock, timeout=0, isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise TrainingError(
                f"Another process is tuning with {file}.",
                "Let it finish, or share a PostgreSQL server among several: --storage"
                " postgresql+psycopg://USER:PASSWORD@HOST/DATABASE.",
            ) from error
        raise SettingsError(
            f"Cannot open the storage {file}: {error}.",
            "Check its folder, its rights and the room on the disk.",
        ) from error
    return connection


def _check_content(file: Path) -> None:
    """Refuse a file with something else in it, before tables are added to that."""
    if not file.is_file() or not file.stat().st_size:
        return
    try:
        with contextlib.closing(sqlite3.connect(file)) as connection:
            found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables = {name for (name,) in found}
    except sqlite3.DatabaseError as error:
        raise SettingsError(f"Cannot read the storage {file}: {error}.", FORMS) from error
    if tables and "trial_heartbeats" not in tables:
        raise SettingsError(
            f"The storage {file} holds no trials, but {', '.join(sorted(tables)[:3])}.",
            "Name another file, which need not be there yet.",
        )
