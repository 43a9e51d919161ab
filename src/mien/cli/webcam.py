"""The command mien webcam."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.browser import has_screen
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
        opens = settings.webcam.browser and has_screen()
        typer.echo(f"{'Opening' if opens else 'Open'} {server.url} (Ctrl-C ends it.)")
        if opens:
            # Some browsers are waited for, and the server would not answer them meanwhile.
            threading.Thread(target=_open_browser, args=[server.url], daemon=True).start()

    serve(settings.webcam.to_serve(), show)
    typer.echo("Ended.")


def _open_browser(url: str) -> None:
    """Open an address in the browser, or say that there is none."""
    import webbrowser

    try:
        opened = webbrowser.open(url)
    except (webbrowser.Error, OSError):
        opened = False
    if not opened:
        typer.echo("No browser was opened; open the address yourself.", err=True)
