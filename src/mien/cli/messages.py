"""Prints errors, with the flag or the setting that would help, and what was skipped."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from mien.errors import MienError
from mien.words import counted, printable

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

_EXAMPLES = 3
"""How many skipped pictures are named."""


def complain(error: MienError) -> None:
    """Print an error on stderr, with the flag of its setting."""
    # Names in the text may break lines or control the terminal; its own line breaks stay.
    text = "\n".join(map(printable, in_words(error).split("\n")))
    typer.secho(f"mien: {text}", fg="red", err=True)


def say_warnings() -> None:
    """Print the library's warnings as messages, without the line of code they come from."""
    warnings.showwarning = functools.partial(_say_warning, warnings.showwarning)


def _say_warning(
    otherwise: Any, message: Warning | str, category: type[Warning], *place: Any, **more: Any
) -> None:
    if category is UserWarning:
        typer.echo(f"mien: {message}", err=True)
    else:
        otherwise(message, category, *place, **more)


def say_skipped(skipped: Sequence[str]) -> None:
    """Print on stderr how many pictures were skipped, and why the first were.

    Parameters
    ----------
    skipped
        A sentence for each, as in `mien.data.Samples.skipped`.
    """
    if not skipped:
        return
    count = counted(len(skipped), "bad picture was", "bad pictures were")
    lines = [f"{count} skipped:", *skipped[:_EXAMPLES]]
    if len(skipped) > _EXAMPLES:
        lines.append(f"and {len(skipped) - _EXAMPLES:,} more.")
    typer.echo("\n  ".join(lines), err=True)


def in_words(error: MienError) -> str:
    """Return an error's sentences, with the flag of its setting unless they name it.

    A setting for which the running command has no flag, as with ``python main.py``, is named as
    in config.toml.
    """
    kind, name = _hint(error.setting) if error.setting else ("", "")
    named = name in {word.strip(".,;:()'\"`") for word in str(error).split()}
    return f"{error} ({kind}: {name}.)" if name and not named else str(error)


def _hint(setting: str) -> tuple[str, str]:
    """Return what sets a setting and its name there, which is "" if only Python can set it."""
    flag = f"--{setting.replace('_', '-')}"
    for parameter in _parameters():
        if parameter.name == setting or flag in parameter.opts:
            if parameter.param_type_name == "argument":
                return "Argument", (parameter.metavar or setting.upper()).strip(".")
            return "Flag", _spelling(parameter)
    return "Setting", _setting_name(setting)


def _spelling(option: Any) -> str:
    """Return the flag that changes a setting: ``--no-annotate`` where ``--annotate`` is on."""
    on = any(field.default is True for field in _fields(option.name).values())
    flags = option.secondary_opts if on and option.secondary_opts else option.opts
    return str(max(flags, key=len))


def _parameters() -> list[Any]:
    """List the parameters of the running command; empty if it is not one of mien's."""
    from mien.cli.commands import find_command, running_command

    words = running_command().split()
    if not words:
        return []
    command = find_command(words[0])
    for word in words[1:]:
        command = command.commands[word]
    return list(command.params)


def _fields(setting: str) -> dict[str, FieldInfo]:
    """Return the fields of a name by the section of the settings; "" is the top level."""
    from pydantic import BaseModel

    from mien.settings import Settings

    sections: dict[str, type[BaseModel]] = {
        name: type(info.default)
        for name, info in Settings.model_fields.items()
        if isinstance(info.default, BaseModel)
    }
    sections[""] = Settings
    return {
        name: section.model_fields[setting]
        for name, section in sections.items()
        if setting in section.model_fields
    }


def _setting_name(setting: str) -> str:
    """Return the name of a setting in config.toml, with its section where only one has it."""
    fields = _fields(setting)
    names = {field.alias or setting for field in fields.values()}
    if len(fields) != 1:
        return " or ".join(sorted(names))
    return ".".join(part for part in (*fields, *names) if part)
