"""The commands: the first sentence of each one's help, and an example."""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any

import typer

COMMANDS = {
    "detect": "Show the expressions of faces in photos and clips as emoji.",
    "batch": "Read millions of pictures into one table, shard by shard.",
    "neutral": "Learn a person's own neutral face from photos.",
    "webcam": "Show the expressions before a camera as emoji, on a page.",
    "serve": "Answer programs that send pictures or a camera's frames.",
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
    "doctor": "Check this installation, and say how to fix what is wrong.",
}
"""Each command and the first sentence of its help, which its module repeats."""

EXAMPLES = {
    "detect": "mien detect party.jpg clips/ --json faces.json --out results/",
    "batch": "mien batch photos/ more.txt --out table/ --shard 1/8",
    "neutral": "mien neutral me-1.jpg me-2.jpg --out me.json",
    "webcam": "mien webcam",
    "serve": "mien serve --port 8000",
    "data": "mien data describe fer2013.zip",
    "data describe": "mien data describe fer2013.zip --out about/",
    "data audit": "mien data audit fer2013.zip --votes fer2013new.csv --out audit/",
    "nets": "mien nets --no-speed",
    "train": "mien train --net lobonet --data fer2013.zip --epochs 20",
    "study": "mien study --data fer2013.zip --out quick/ --subset 0.1 --epochs 3",
    "tune": "mien tune --net lobonet --data fer2013.zip --trials 50 --subset 0.2",
    "evaluate": "mien evaluate fer2013.zip --net lobonet --split public --json a.json",
    "compare": "mien compare a.json b.json",
    "report": "mien report runs/lobonet scores.json --data fer2013.zip",
    "export": "mien export runs/lobonet --name my-net",
    "card": "mien card mien-s --out mien-s.md",
    "doctor": "mien doctor --json doctor.json",
}
"""An example of each command, shown in its help and where it is misused.

Each fits on a line of 80 columns, since one that wraps could not be copied."""

_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")
"""A line end within a paragraph."""


def find_command(name: str) -> Any:
    """Import the module of a command, and return the command."""
    return make_command(importlib.import_module(f"mien.cli.{name}").app, name)


def running_command() -> str:
    """Return the words of the command that this process runs, such as ``"data audit"``.

    There are none if it does not run a command of mien's, as with ``python main.py``.
    """
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    two = " ".join(words[:2])
    return two if two in EXAMPLES else words[0] if words and words[0] in COMMANDS else ""


def make_command(module_app: typer.Typer, name: str) -> Any:
    """Make the command of a module, with the name that users type.

    typer's own types for commands are private, hence Any.
    """
    command = typer.main.get_command(module_app)
    command.name = name
    _finish_help(command, name)
    for part_name, part in getattr(command, "commands", {}).items():
        _finish_help(part, f"{name} {part_name}")
    return command


def _finish_help(command: Any, words: str) -> None:
    """Write the help's paragraphs and defaults in one style, and add the example."""
    # A docstring's lines are those of the source; a terminal has a width of its own.
    command.help = _LINE_END.sub(" ", command.help or "")
    command.epilog = f"Example: {EXAMPLES[words]}"
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            # typer adds the dots of an argument that takes several words.
            parameter.metavar = (parameter.metavar or parameter.name.upper()).strip(".")
        if parameter.show_default and parameter.default not in (None, ...) and not callable(
            parameter.default
        ):
            parameter.show_default = False
            parameter.help = with_default(parameter.help or "", parameter.default)


def with_default(text: str, default: object) -> str:
    """Add a default to the help of a flag, such as ``"(default: on)"``, if there is one."""
    if default is None or default == ():
        return text
    named = {True: "on", False: "off"}.get(default) if isinstance(default, bool) else default
    return f"{text} (default: {named})"
