"""The command mien serve."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.cli.options import with_flags
from mien.errors import require
from mien.settings import ServeSettings, Settings, load

if TYPE_CHECKING:
    from mien.serving.run import Server

app = typer.Typer(add_completion=False)

_TALKATIVE = ("asyncio", "python_multipart", "PIL")
"""Loggers of packages whose warnings are about what clients do."""

PACKAGES = ("fastapi", "uvicorn", "websockets", "python_multipart")
"""What the server cannot do without."""


@app.command()
@with_flags(ServeSettings)
def serve(
    config: Path | None = typer.Option(None, help="TOML file with settings."),
    *,
    flags: dict[str, Any],
) -> None:
    """Answer programs that send pictures or a camera's frames.

    The address /docs on the server describes what it answers, and / is the camera's page. Ctrl-C
    stops it, after what it has begun.
    """
    run_serve(load(config, serve=flags))


def run_serve(settings: Settings) -> None:
    """Run the server as the settings say, until it is told to stop.

    Raises
    ------
    SettingsError, NetError
        As `mien.serving.run.serve`.
    MissingExtraError
        If the packages of the server are not installed.
    """
    prepare()
    from mien.serving.run import serve as run_server

    run_server(settings.serve, say)
    typer.echo("Stopped.")


def prepare() -> None:
    """Refuse to start without the packages of the server, and keep its log quiet.

    Warnings about odd metadata and forms would say in it what somebody sent, and those about
    clients that are gone would fill it.

    Raises
    ------
    MissingExtraError
        If one is not installed.
    """
    for package in PACKAGES:
        require(package, "serve")
    warnings.filterwarnings("ignore", module=r"PIL\.")
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)


def say(server: Server) -> None:
    """Print where the server is reached, and by whom."""
    typer.echo(f"Serving on {server.url}")
    if server.url_for_others is not None:
        typer.echo(f"Other machines open {server.url_for_others}")
    if server.certificate is not None:
        typer.echo(f"SHA-256 fingerprint of the certificate: {server.certificate.fingerprint}")
        typer.echo(f"Programs trust the file {server.certificate.path}")
    if server.token is not None:
        typer.echo(f"Programs send the token: Authorization: Bearer {server.token}")
    if server.is_exposed and server.certificate is None:
        typer.echo(
            "Other machines reach it without encryption, and their browsers give a page a camera"
            " only over HTTPS: use a certificate, or --self-signed.",
            err=True,
        )
    if server.is_exposed and server.token is None:
        typer.echo("Everyone who reaches this machine can use it: there is no token.", err=True)
