"""The command mien webcam."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.cli.options import with_flags
from mien.cli.serve import prepare
from mien.settings import Settings, WebcamSettings, load

if TYPE_CHECKING:
    from mien.serving.run import Server

app = typer.Typer(add_completion=False)


@app.command()
@with_flags(WebcamSettings)
def webcam(
    config: Path | None = typer.Option(None, help="TOML file with settings."),
    *,
    flags: dict[str, Any],
) -> None:
    """Show the expressions before a camera as emoji, on a page.

    The page opens in the browser. Pictures go from there to this program and nowhere else, and
    are not kept. Ctrl-C ends it.
    """
    run_webcam(load(config, webcam=flags))


def run_webcam(settings: Settings) -> None:
    """Serve the page on this machine, and open it in the browser if there is one.

    Raises
    ------
    SettingsError, NetError
        As `mien.serving.run.serve`.
    MissingExtraError
        If the packages of the server are not installed.
    """
    prepare()
    from mien.serving.run import serve

    def show(server: Server) -> None:
        opened = settings.webcam.browser and _open_browser(server.url)
        typer.echo(f"{'Opened' if opened else 'Open'} {server.url} (Ctrl-C ends it.)")

    serve(settings.webcam.to_serve(), show)
    typer.echo("Ended.")


def _open_browser(url: str) -> bool:
    """Open an address in the browser; return whether there is one with a window."""
    import webbrowser

    if not _has_screen():
        return False
    try:
        return webbrowser.open(url)
    except (webbrowser.Error, OSError):
        return False


def _has_screen() -> bool:
    """Return whether a window can be opened; a browser in the terminal has no camera."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
