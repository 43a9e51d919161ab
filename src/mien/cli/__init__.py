"""The command line: one file a command, imported only when that command runs."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from mien.cli.messages import complain as complain
from mien.errors import InterruptionError, MienError, did_you_mean

COMMANDS = {
    "detect": "Read the faces in photos and show their expressions as emoji.",
    "data": "Look at a data set before training on it.",
    "nets": "List the networks: what can be trained, and what is shipped.",
    "train": "Train a network on labelled faces.",
    "study": "Repeat the study that mien grew out of, on one page.",
    "tune": "Search for the settings with which a network learns best.",
    "evaluate": "Measure a network on labelled faces.",
    "compare": "Test whether two networks differ significantly.",
    "report": "Write one web page on how good networks are.",
    "export": "Turn a finished run into an ONNX network with its JSON file.",
    "card": "Write the model card of a network as Markdown.",
}
"""Each command and the first sentence of its help, which its module repeats."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as of other programs."""

_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")
"""A line end within a paragraph."""


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
            return _named(stand_in, cmd_name)
        return find_command(cmd_name)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self._helping = True
        super().format_help(ctx, formatter)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = did_you_mean(args[0], COMMANDS) or f"Use one of {', '.join(COMMANDS)}."
            ctx.fail(f"There is no command {args[0]!r}. {hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise InterruptionError("Interrupted.") from None
        except typer.TyperException as error:
            if hasattr(error, "possibilities"):
                _correct_flag(error)
            raise


def find_command(name: str) -> Any:
    """Import the module of a command, and return the command."""
    return _named(importlib.import_module(f"mien.cli.{name}").app, name)


def _named(module_app: typer.Typer, name: str) -> Any:
    """Make the command of a module under the name that it is called by."""
    command = typer.main.get_command(module_app)
    command.name = name
    for part in (command, *getattr(command, "commands", {}).values()):
        # A docstring's lines are those of the source; a terminal has a width of its own.
        part.help = _LINE_END.sub(" ", part.help or "")
    return command


def _correct_flag(error: Any) -> None:
    """Let the message about an unknown flag name the flag that is meant."""
    from mien.settings.renamed import renamed_flags

    known = [flag for parameter in error.ctx.command.params for flag in parameter.opts]
    new = renamed_flags().get(error.option_name)
    if new in known:
        error.message = f"{error.option_name} is now {new}."
    else:
        hint = did_you_mean(error.option_name, known)
        error.message = f"There is no flag {error.option_name}. {hint}".strip()
    error.possibilities = None


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    """Print the version and end, where that is asked for."""
    if wanted:
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


def main() -> None:
    """Run the command line, and end the process."""
    run_program(app)


def run_program(program: Callable[[], int | None]) -> NoReturn:
    """Run a program, and end the process with its exit code.

    A user's mistake ends in a sentence and exit code 2, Ctrl-C in one and exit code 130, and
    output that nobody reads any more (``| head -1``) in silence and exit code 1.

    Parameters
    ----------
    program
        Returns the exit code, or None if all went well.
    """
    try:
        try:
            sys.exit(program())
        finally:
            sys.stdout.flush()
    except MienError as error:
        complain(error)
        sys.exit(INTERRUPTED if isinstance(error, InterruptionError) else 2)
    except KeyboardInterrupt:
        complain(InterruptionError("Interrupted."))
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # What is left in the buffer would be written, and fail again, when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
