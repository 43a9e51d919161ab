"""Makes a command's flags from the settings' schema, so that each is described once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

import typer

from mien.cli.commands import with_default
from mien.settings import Section

_LONG = 16
"""Characters of a flag's choices that fit into any help."""


def flag(section: type[Section], field: str, *names: str) -> Any:
    """Return the typer option of one setting.

    Its default is None, which means "not given": the value then comes from the TOML file or
    the schema (`mien.settings.load`).

    Parameters
    ----------
    section
        The part of the settings, such as ``TrainSettings``.
    field
        Name of its field.
    *names
        How the flag is spelled; derived from the field if none is given.
    """
    info = section.model_fields[field]
    name = (info.alias or field).replace("_", "-")
    switch = f"/--no-{name}" if _plain(info.annotation) is bool else ""
    text = with_default(info.description or "", info.default)
    spelled = names or (f"--{name}{switch}",)
    heading = section.heading(field)
    return typer.Option(
        None,
        *spelled,
        metavar=_choices(_plain(info.annotation)),
        help=text,
        show_default=False,
        rich_help_panel=heading,
    )


def _choices(kind: Any) -> str | None:
    """Put spaces between many choices, where a narrow help may break the line."""
    choices = get_args(kind) if get_origin(kind) is Literal else ()
    return f"<{' | '.join(choices)}>" if len("|".join(choices)) > _LONG else None


def with_flags(section: type[Section]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give the decorated command a flag for each setting of a section.

    The command takes them as one dictionary, ``flags``, ready for `mien.settings.load`; its
    other parameters stay as they are, and a setting that is one of them gets no flag.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(function, eval_str=True).parameters
        fields = {
            field: info for field, info in section.model_fields.items() if field not in own
        }
        options = [
            inspect.Parameter(
                field,
                inspect.Parameter.KEYWORD_ONLY,
                default=flag(section, field),
                annotation=_plain(info.annotation) | None,
            )
            for field, info in fields.items()
        ]

        def command(**values: Any) -> None:
            flags = {info.alias or field: values.pop(field) for field, info in fields.items()}
            function(**values, flags=flags)

        parameters = [*(own[name] for name in own if name != "flags"), *options]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {option.name: option.annotation for option in parameters}
        command.__name__, command.__doc__ = function.__name__, function.__doc__
        return command

    return decorate


def _plain(annotation: Any) -> Any:
    """Strip limits and None from a setting's type, which leaves what typer parses."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) is tuple:
        # A flag that is given again adds to the list; typer's tuples have a fixed length.
        return list[_plain(get_args(annotation)[0])]  # type: ignore[misc]
    rest = [kind for kind in get_args(annotation) if kind is not NoneType]
    return _plain(rest[0]) if NoneType in get_args(annotation) and len(rest) == 1 else annotation
