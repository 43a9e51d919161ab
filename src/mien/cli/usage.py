"""Explains mistakes on the command line, in the style of mien's other errors."""

from __future__ import annotations

import re
from typing import Any

from mien.cli.commands import COMMANDS, EXAMPLES, running_command
from mien.errors import SettingsError, did_you_mean


def explain_usage(error: Any) -> SettingsError:
    """Turn what typer raises about a command line into one of mien's errors.

    Parameters
    ----------
    error
        A ``UsageError``; typer's own types of them are private.
    """
    words = _words(error.ctx) or running_command()
    problem, fix = _EXPLAINED.get(type(error).__name__, _other)(error, words)
    return SettingsError(problem, fix or _example(words))


def unknown_command(name: str, words: str = "") -> SettingsError:
    """Return an error about an unknown command, with the one that may be meant.

    Parameters
    ----------
    name
        The unknown command.
    words
        The command that it was to be a part of, such as ``"data"``.
    """
    start = f"{words} " if words else ""
    parts = [key.removeprefix(start) for key in EXAMPLES if key.startswith(start)]
    known = parts if words else list(COMMANDS)
    fix = did_you_mean(name, known) or f"Use one of {', '.join(known)}."
    return SettingsError(f"Unknown command {start + name!r}.", fix)


def _words(context: Any) -> str:
    """Return the command of a context, such as ``"data audit"``; "" for mien itself."""
    names: list[str] = []
    while context is not None and context.parent is not None:
        names.insert(0, context.command.name)
        context = context.parent
    return " ".join(names)


def _example(words: str) -> str:
    """Point to the help of a command, with an example."""
    if not words:
        return "See `mien --help`."
    return f"See `mien {words} --help`; an example is `{EXAMPLES[words]}`."


def _flag(error: Any, words: str) -> tuple[str, str]:
    """Name the flag that may be meant by an unknown one."""
    from mien.settings.renamed import renamed_flags

    name = error.option_name
    parameters = error.ctx.command.params
    known = [flag for one in parameters for flag in (*one.opts, *one.secondary_opts)]
    new = renamed_flags().get(name)
    if new in known:
        return f"{name} is now {new}.", "Use the new name."
    hint = did_you_mean(name, [flag for flag in known if flag.startswith("--")])
    return f"Unknown flag {name}.", hint


def _value(error: Any, words: str) -> tuple[str, str]:
    """Say what a flag's or argument's value should be."""
    if error.param is None:
        return _other(error, words)
    flag, cause = _name(error.param), error.__cause__
    fix = f"See `mien {words} --help`."
    if not hasattr(cause, "errors"):
        return f"Flag {flag}: {error.message}", fix
    from mien.settings.errors import describe_value

    detail = dict(cause.errors()[0])
    choices = re.findall(r"'([^']*)'", detail["msg"].partition(" is not one of ")[2])
    if choices:
        *others, last = map(repr, choices)
        expected = f"{', '.join(others)} or {last}"
        detail |= {"type": "literal_error", "ctx": {"expected": expected}}
        detail["msg"] = f"Input should be {expected}"
    return describe_value(f"Flag {flag}", detail), fix


def _missing(error: Any, words: str) -> tuple[str, str]:
    kind = "argument" if error.param.param_type_name == "argument" else "flag"
    return f"The {kind} {_name(error.param)} is missing.", ""


def _valueless(error: Any, words: str) -> tuple[str, str]:
    """Say that a flag needs a value, or takes none."""
    takes_none = "not take" in error.message
    return f"Flag {error.option_name} {'takes no' if takes_none else 'needs a'} value.", ""


def _other(error: Any, words: str) -> tuple[str, str]:
    """Explain other errors: too many words, or an unknown command."""
    surplus = re.search(r"unexpected extra arguments?\S* \((.*)\)", error.message)
    if surplus:
        return f"`mien {words}`".replace(" `", "`") + f" takes no argument {surplus[1]!r}.", ""
    unknown = re.search(r"No such command '(.*?)'", error.message)
    if unknown:
        explained = unknown_command(unknown[1], words)
        return explained.problem, explained.fix
    return error.format_message(), ""


def _name(parameter: Any) -> str:
    """Return how the user writes a parameter."""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper()).strip(".")
    return str(max(parameter.opts, key=len))


_EXPLAINED = {
    "NoSuchOption": _flag,
    "BadParameter": _value,
    "MissingParameter": _missing,
    "BadOptionUsage": _valueless,
}
"""The functions that explain typer's errors, by the name of the error's type."""
