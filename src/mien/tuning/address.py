"""Reads where the trials are kept, and says it and its failures without a password."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from mien.errors import SettingsError, require

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
