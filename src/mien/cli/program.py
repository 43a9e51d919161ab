"""The program mien: its commands and exit codes."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from mien.cli import INTERRUPTED
from mien.cli.commands import COMMANDS, find_command, make_command
from mien.cli.messages import complain, say_warnings
from mien.cli.signals import send_lost_signals_again
from mien.cli.usage import unknown_command
from mien.errors import InterruptionError, MienError, OutputError, SettingsError

USAGE = 2
"""Exit code after a user's mistake."""

_SHOWN = 60
"""Characters of a text that a message shows."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""Reasons for which writing to standard output fails although it is open."""


class _Commands(TyperGroup):
    """Imports a command's module when the command is called, so that --help need not."""

    # typer's own types for commands are private, hence Any.
    _helping = False

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        if self._helping:
            stand_in = typer.Typer(add_completion=False)
            stand_in.command(help=COMMANDS[cmd_name])(lambda: None)
            return make_command(stand_in, cmd_name)
        return find_command(cmd_name)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self._helping = True
        super().format_help(ctx, formatter)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise unknown_command(args[0])
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise InterruptionError("Interrupted.") from None

    def main(self, *words: Any, **options: Any) -> Any:
        """Run a command; a mistake on the command line becomes one of mien's errors."""
        alone = options.pop("standalone_mode", True)
        try:
            code = super().main(*words, **{**options, "standalone_mode": False})
        except typer.TyperException as error:
            code = _end(error)
        if code == INTERRUPTED:
            # typer ends so, in silence, while it reads the command line.
            raise InterruptionError("Interrupted.")
        if alone:
            sys.exit(code)
        return code


def _end(error: Any) -> int:
    """Show the help if a command was given no arguments; otherwise explain the error."""
    from mien.cli.usage import explain_usage

    if type(error).__name__ != "NoArgsIsHelpError":
        raise explain_usage(error) from error
    typer.echo(error.format_message())
    return USAGE


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(asked: bool) -> None:
    """Print the version and exit if asked to."""
    if asked:
        from mien import __version__

        typer.echo(f"mien {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    """Read facial expressions, and train, measure and ship the networks that do it."""


def run() -> None:
    """Run the command that the command line names, and end the process."""
    say_warnings()
    run_program(app)


def run_program(program: Callable[[], int | None]) -> NoReturn:
    """Run a program, and end the process with its exit code.

    A user's mistake and a full disk end in a sentence and exit code 2, Ctrl-C in one and exit
    code 130, and output that nobody reads any more (``| head -1``) in silence and exit code 1.

    Parameters
    ----------
    program
        Returns the exit code, or None if all went well.
    """
    send_lost_signals_again()
    try:
        _refuse_closed_output()
        _print_anything()
        try:
            sys.exit(program())
        finally:
            sys.stdout.flush()
    except MienError as error:
        complain(error)
        sys.exit(INTERRUPTED if isinstance(error, InterruptionError) else USAGE)
    except KeyboardInterrupt:
        complain(InterruptionError("Interrupted."))
        sys.exit(INTERRUPTED)
    except UnicodeEncodeError as error:
        complain(_not_encoded(error))
        sys.exit(USAGE)
    except BrokenPipeError:
        _drop_output()
        sys.exit(1)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        _drop_output()
        complain(
            OutputError(
                f"Cannot write to standard output: {error.strerror}.",
                "Free some space on its disk, or send it elsewhere.",
            )
        )
        sys.exit(USAGE)


def _print_anything() -> None:
    """Let a terminal or pipe without Unicode show ? for an emoji, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _not_encoded(error: UnicodeEncodeError) -> MienError:
    """Say that a name cannot be written, since Python takes the system for one without Unicode."""
    encoding = sys.getfilesystemencoding()
    line = error.object[: error.end].rpartition("\n")[2]
    return SettingsError(
        f"A name cannot be written in {error.encoding}: {line[-_SHOWN:]!a}. The encoding of"
        f" this system's file names is {encoding}.",
        "Set the environment variable PYTHONUTF8 to 1, or LC_ALL to C.UTF-8.",
    )


def _refuse_closed_output() -> None:
    """Refuse to run where nothing can be printed, as after ``>&-`` in a shell.

    Raises
    ------
    OutputError
        If standard output is closed.
    """
    if sys.stdout is None:
        raise OutputError(
            "Standard output is closed.", "Send it to a file, or to /dev/null to see nothing."
        )


def _drop_output() -> None:
    """Discard what is left to print, since printing it at exit would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
