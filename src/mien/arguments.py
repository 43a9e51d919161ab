"""Refuses arguments of the wrong type, in a sentence, where users call mien from Python."""

from __future__ import annotations

import collections.abc
import functools
import inspect
import numbers
import sys
import types
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from mien.errors import SettingsError, did_you_mean

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

_LISTS = (
    collections.abc.Iterable,
    collections.abc.Collection,
    collections.abc.Sequence,
    list,
    tuple,
)
"""Types that hold several values. A text does too, but is not meant as a list of letters."""

_CHECKED = 100
"""How many values of a list are checked."""

_WORDS = {
    bool: ("True or False", "True or False"),
    float: ("a number", "numbers"),
    int: ("a whole number", "whole numbers"),
    str: ("a text", "texts"),
    Path: ("a path", "paths"),
    type(None): ("None", "None"),
}
"""The names of types, in the singular and the plural."""


def checked(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Make a function check the types of its arguments against its annotations.

    Annotations that need modules imported only for type checkers are skipped.

    Raises
    ------
    SettingsError
        By the function, if the type of an argument does not match its annotation.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def check(*values: _Parameters.args, **named: _Parameters.kwargs) -> _Result:
        # A missing or unknown argument is Python's own TypeError, which names it.
        try:
            bound = signature.bind(*values, **named)
        except TypeError as error:
            raise _with_a_guess(error, signature, named) from None
        for name in bound.arguments:
            parameter = signature.parameters[name]
            if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                _check(function, bound, name, _annotation(function, name))
        return function(*values, **named)

    return check


def _with_a_guess(
    error: TypeError, signature: inspect.Signature, named: Mapping[str, object]
) -> TypeError:
    """Add to Python's error which argument a misspelt one may stand for, if one is similar."""
    known = [name for name in signature.parameters if name != "self"]
    guesses = [did_you_mean(name, known) for name in named if name not in known]
    guess = guesses[0] if guesses else ""
    return TypeError(f"{error}. {guess}") if guess else error


@functools.cache
def _annotation(function: Callable[..., Any], name: str) -> Any:
    """Return the annotation of an argument; Any where it cannot be looked up."""
    text = function.__annotations__.get(name, Any)
    try:
        return eval(text, function.__globals__) if isinstance(text, str) else text  # noqa: S307
    except (NameError, AttributeError):
        return Any


def _check(
    function: Callable[..., Any], bound: inspect.BoundArguments, name: str, annotation: Any
) -> None:
    value = bound.arguments[name]
    kinds = _kinds(annotation)
    listed = [kind for kind in kinds if _base(kind) in _LISTS]
    if any(_fits(value, kind, bool(listed)) for kind in kinds):
        return
    public = _public_name(function, bound.arguments.get("self"))
    within = value is not None and any(_fits([value], kind, True) for kind in listed)
    raise SettingsError(
        f"{public} expects {_alternatives(kinds)} as {name}, got {_describe(value)}.",
        f"Put it into a list: [{value!r:.60}]." if within else f"See help({public}).",
        name,
    )


def _kinds(annotation: Any) -> list[Any]:
    """List the alternatives of an annotation."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [kind for part in typing.get_args(annotation) for kind in _kinds(part)]
    return [annotation]


def _base(kind: Any) -> Any:
    """Return the class of an annotation such as ``Sequence[str]``."""
    return typing.get_origin(kind) or kind


def _fits(value: object, kind: Any, strict: bool) -> bool:
    """Return whether a value fits a type; if that cannot be checked, it does.

    A text that is not one of a function's choices is left to the function, which lists them, unless
    it could be meant as a list (`strict`).
    """
    base = _base(kind)
    if base is typing.Literal:
        choices = typing.get_args(kind)
        return value in choices if strict else isinstance(value, type(choices[0]))
    if base in _LISTS:
        return isinstance(value, base) and _holds(value, typing.get_args(kind))
    if base in (int, float):
        # numpy's numbers count too, and a whole number is a number.
        return isinstance(value, numbers.Integral if base is int else numbers.Real)
    if kind is Any or not isinstance(base, type) or getattr(base, "_is_protocol", False):
        return True
    return isinstance(value, base) or (base is bool and type(value).__name__ == "bool")


def _holds(value: object, inner: tuple[Any, ...]) -> bool:
    """Return whether a value is a list of the right types; only lists and tuples are searched."""
    if isinstance(value, str | bytes):
        return False
    kinds = _kinds(inner[0]) if inner else [Any]
    values = value[:_CHECKED] if isinstance(value, list | tuple) else ()
    return all(any(_fits(one, kind, True) for kind in kinds) for one in values)


def _alternatives(kinds: list[Any], plural: bool = False) -> str:
    """Write ``"a number, a list of numbers or None"``."""
    words = dict.fromkeys(_in_words(kind, plural) for kind in kinds)
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _in_words(kind: Any, plural: bool) -> str:
    base = _base(kind)
    if base is typing.Literal:
        return " or ".join(map(repr, typing.get_args(kind)))
    if base in _LISTS:
        inner = [one for part in typing.get_args(kind)[:1] for one in _kinds(part)]
        named = inner and all(isinstance(_base(one), type) and one is not Any for one in inner)
        return f"a list of {_alternatives(inner, plural=True)}" if named else "a list"
    name = getattr(base, "__name__", str(base)).replace("ndarray", "NumPy array")
    one, several = _WORDS.get(base, (f"a {name}", f"{name} objects"))
    return several if plural else one


def _describe(value: object) -> str:
    """Show a plain value, cut to 60 characters; name the type of any other."""
    plain = value is None or isinstance(value, str | int | float | list | tuple)
    return f"{value!r:.60}" if plain else f"a {type(value).__name__}"


def _public_name(function: Callable[..., Any], instance: object) -> str:
    """Return the name that users call a function by, from the outermost package that lists it.

    A method, inherited or not, is called by the class of the instance; None for a function.
    """
    owner = function if instance is None else type(instance)
    name = owner.__qualname__
    if owner is not function and function.__name__ != "__init__":
        name += f".{function.__name__}"
    parts = owner.__module__.split(".")
    packages = [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
    for package in packages:
        if name.split(".")[0] in getattr(sys.modules.get(package), "__all__", ()):
            return f"{package}.{name}"
    return f"{packages[-1]}.{name}"
