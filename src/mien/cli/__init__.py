"""The command line: one file a command, imported only when that command runs."""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from mien.errors import MienError

COMMANDS = {
    "detect": "Read the faces in photos and show their expressions as emoji.",
    "data": "Look at a data set before training on it.",
    "nets": "List the networks: what can be trained, and what is shipped.",
    "train": "Train a network on FER-2013.",
    "study": "Repeat the study that mien grew out of, on one page.",
    "tune": "Search the settings with which a network learns best.",
    "evaluate": "Measure a network on labelled faces.",
    "compare": "Tell whether one network is better than another or luckier.",
    "report": "Write one web page on how good networks are.",
    "export": "Turn a finished run into an ONNX network with its card.",
    "card": "Write the model card of a network as Markdown.",
}
"""Each command and the first sentence of its help, which its module repeats."""

_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")
"""A line end within a paragraph."""


class _Commands(TyperGroup):
    """Finds a command in the module of its name, so that --help need not import them all."""

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
        return _named(importlib.import_module(f"mien.cli.{cmd_name}").app, cmd_name)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self._helping = True
        super().format_help(ctx, formatter)


def _named(module_app: typer.Typer, name: str) -> Any:
    """Make the command of a module under the name it is called by."""
    command = typer.main.get_command(module_app)
    command.name = name
    for each in (command, *getattr(command, "commands", {}).values()):
        # A docstring's lines are those of the source; a terminal has a width of its own.
        each.help = _LINE_END.sub(" ", each.help or "")
    return command


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _root() -> None:
    """Read facial expressions, and train, measure and ship the networks that do it."""


def main() -> None:
    """Run the command line; a mistake of the user's ends in one sentence and exit code 2."""
    try:
        app()
    except MienError as error:
        complain(error)
        sys.exit(2)


def complain(error: MienError) -> None:
    """Print an error on stderr, with the flag of the setting that would help."""
    typer.secho(f"mien: {in_words(error)}", fg="red", err=True)


def in_words(error: MienError) -> str:
    """Return an error's sentences, with the flag of its setting if they do not name it."""
    if error.setting is None:
        return str(error)
    from mien.cli.options import flag_name

    flag = flag_name(error.setting)
    return str(error) if flag in str(error) else f"{error} (Flag: {flag}.)"
