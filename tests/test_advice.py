"""Every fix that an error or a help names exists: flags, commands, settings, extras, names."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel

import mien
import mien.errors
from mien.cli.commands import EXAMPLES, find_command
from mien.data import read
from mien.settings import Settings

SOURCE = Path(mien.errors.__file__).parent
ROOT = SOURCE.parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

PLACEHOLDER = "\N{WHITE SQUARE}"
"""Stands for what an f-string fills in."""

OTHERS_FLAGS = {
    "--nnodes", "--node-rank", "--nproc-per-node", "--master-addr", "--rdzv-backend",
    "--rdzv-endpoint",  # torchrun's
    "--porcelain", "--short", "--untracked-files",  # git's
    "--choice",  # of an earlier version
    "--force",  # pipx's
    "--data-binary",  # curl's
    "--force-reinstall", "--no-deps", "--only-binary",  # pip's
}  # fmt: skip

VERBS = {
    "contact", "does", "figure", "finds", "first", "grew", "makes", "must", "of", "picks", "reads",
    "selects", "ships", "that", "timeline", "to", "wrote", "x",
}  # fmt: skip
"""Words that follow the name mien in a sentence, or a placeholder, and are no commands."""

USERS_FILES = {
    "classes.toml", "fer2013.csv", "fer2013new.csv", "icml_face_data.csv",
    "my-net.json", "my-net.onnx",
}  # fmt: skip
"""Files that errors name and the user has; the others are written by mien."""


class Text(NamedTuple):
    """A text of the source code, with what an f-string fills in as a placeholder."""

    place: str
    text: str


def texts(path: Path) -> Iterator[Text]:
    """Yield the strings of a module but its docstrings, f-strings as a whole."""
    ignored: set[int] = set()
    place = path.relative_to(SOURCE).as_posix()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Expr):
            ignored |= {id(node.value)}
        if isinstance(node, ast.JoinedStr):
            ignored |= {id(part) for part in node.values}
        if id(node) in ignored:
            continue
        if isinstance(node, ast.JoinedStr):
            yield Text(f"{place}:{node.lineno}", "".join(map(_part, node.values)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield Text(f"{place}:{node.lineno}", node.value)


def _part(node: ast.expr) -> str:
    constant = isinstance(node, ast.Constant)
    return str(node.value) if constant else PLACEHOLDER  # type: ignore[attr-defined]


TEXTS = [
    text
    for path in sorted(SOURCE.rglob("*.py"))
    # Style sheets and scripts of pages have dashes and words of their own.
    if path.name != "inline.py"
    for text in texts(path)
    if "var(--" not in text.text
]
DOCUMENTS = [
    Text(name, code)
    for name in ("README.md", "config.toml")
    for text in [(ROOT / name).read_text(encoding="utf-8").replace("```", "")]
    for code in re.findall(r"`[^`]+`|^\$ .*$", text, re.MULTILINE)
]


def parameters(words: str) -> list[Any]:
    """List the parameters of a command such as ``"data audit"``."""
    first, *rest = words.split()
    command = find_command(first)
    for word in rest:
        command = command.commands[word]
    return list(command.params)


FLAGS = {
    words: {flag for one in parameters(words) for flag in (*one.opts, *one.secondary_opts)}
    | {"--help"}
    for words in EXAMPLES
}
ALL_FLAGS = set().union(*FLAGS.values()) | {"--version"} | OTHERS_FLAGS
SECTIONS = {
    name: set(type(field.default).model_fields)
    | {info.alias or "" for info in type(field.default).model_fields.values()}
    for name, field in Settings.model_fields.items()
    if isinstance(field.default, BaseModel)
}


def commands_in(text: str) -> Iterator[list[str]]:
    """Yield what may be a command of mien's: the words after its name."""
    for rest in re.findall(r"(?<![\w./`'-])`?mien ([^`\n]*)", text):
        yield rest.replace(PLACEHOLDER, "x").split()


def wrong_commands(text: str) -> list[str]:
    """List the commands of a text that do not exist, or lack a flag that is named with them."""
    return [" ".join(words) for words in commands_in(text) if words and _wrong(words)]


def _wrong(words: list[str]) -> bool:
    name, second = (word.strip(".,;:()'\"") for word in (*words, "")[:2])
    if name in VERBS or not re.fullmatch(r"[a-z]+", name):
        return False
    known = FLAGS.get(f"{name} {second}", FLAGS.get(name))
    flags = [word.strip(".,;:)") for word in words if word.startswith("--")]
    return known is None or any(flag not in known for flag in flags)


def unknown_flags(text: str) -> list[str]:
    """List the flags of a text that no command has."""
    named = re.findall(r"(?<![\w/-])--[a-z][a-z0-9-]+", text)
    return [flag for flag in named if flag not in ALL_FLAGS]


def unknown_extras(text: str) -> list[str]:
    """List the extras of a text that pyproject.toml does not have, or that no index has."""
    local = re.findall(r"pip install (?:-e )?'?\.\[([\w,-]+|" + PLACEHOLDER + r")\]", text)
    names = [name for group in local for name in group.split(",") if name != PLACEHOLDER]
    unknown = [name for name in names if name not in PROJECT["optional-dependencies"]]
    return unknown + re.findall(r"(?:pip|pipx) install '?mien\b\S*", text)


def unknown_names(text: str) -> list[str]:
    """List the names of Python's that a text has, and mien does not."""
    dotted = re.findall(r"(?<![\w./-])mien(?:\.[A-Za-z_]\w*)+", text)
    files = {"mien.jpg", "mien.png", "mien.html"}
    return [name for name in dotted if name not in files and not _exists(name)]


def _exists(name: str) -> bool:
    parts = name.split(".")
    for split in range(len(parts), 0, -1):
        try:
            value: Any = importlib.import_module(".".join(parts[:split]))
        except ModuleNotFoundError:
            continue
        for part in parts[split:]:
            value = getattr(value, part, None)
        return value is not None
    return False


def unknown_settings(text: str) -> list[str]:
    """List sections and variables that are named and do not exist."""
    sections = re.findall(r"(?:in|section|from) `?\[([a-z]+)(?:\.space)?\](?!\()", text)
    wrong = [name for name in sections if name not in SECTIONS]
    for section, key in re.findall(r"MIEN__([A-Z]+)__([A-Z_]+)", text):
        if key.lower() not in SECTIONS.get(section.lower(), set()):
            wrong.append(f"MIEN__{section}__{key}")
    return wrong


CHECKS = [unknown_flags, wrong_commands, unknown_extras, unknown_names, unknown_settings]


@pytest.mark.parametrize("check", CHECKS)
def test_what_the_texts_name_exists(check: Any) -> None:
    assert len(TEXTS) > 3000
    assert [(place, wrong) for place, text in TEXTS if (wrong := check(text))] == []


@pytest.mark.parametrize("check", CHECKS)
def test_what_the_documents_name_exists(check: Any) -> None:
    assert len(DOCUMENTS) > 100
    assert [(place, wrong) for place, text in DOCUMENTS if (wrong := check(text))] == []


# a text, the check that must find something wrong with it
WRONG = [
    ("Use --min-confidense.", unknown_flags),
    ("Use `mien measure x`.", wrong_commands),
    ("Write it with mien evaluate --sheet a.png.", wrong_commands),
    ("Run mien data audit x --epochs 3.", wrong_commands),
    ("pip install '.[training]'", unknown_extras),
    ("pip install 'mien[train]'", unknown_extras),
    ("Use mien.models.fetches.", unknown_names),
    ("Remove it from [trian].", unknown_settings),
    ("Set MIEN__TRAIN__EPOCH.", unknown_settings),
]


@pytest.mark.parametrize(("text", "check"), WRONG)
def test_what_does_not_exist_is_noticed(text: str, check: Any) -> None:
    assert check(text) != []


def errors(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Yield the calls that make one of mien's errors."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        name = node.func.id if _calls_name(node) else ""  # type: ignore[attr-defined]
        if isinstance(getattr(mien.errors, name, None), type):
            yield f"{path.relative_to(SOURCE).as_posix()}:{node.lineno}", node  # type: ignore[misc]


def _calls_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


ERRORS = [error for path in sorted(SOURCE.rglob("*.py")) for error in errors(path)]


ERRORS_TEXTS = [
    (place, part)
    for place, call in ERRORS
    for node in ast.walk(call)
    for part in (
        [str(node.value)] if isinstance(node, ast.Constant)
        else ["".join(map(_part, node.values))] if isinstance(node, ast.JoinedStr)
        else []
    )
]  # fmt: skip
PYTHON = {
    argument
    for public in (*(getattr(mien, name) for name in mien.__all__), read)
    for function in (vars(public).values() if isinstance(public, type) else (public,))
    if inspect.isfunction(function)
    for argument in inspect.signature(function).parameters
}
"""Arguments of what is public."""


SETTINGS = {
    *Settings.model_fields,
    *(name for names in SECTIONS.values() for name in names),
    *(one.name for words in EXAMPLES for one in parameters(words)),
}


def test_the_setting_of_each_error_can_be_set() -> None:
    wrong = []
    for place, call in ERRORS:
        given = [*call.args[2:3], *(word.value for word in call.keywords if word.arg == "setting")]
        names = [value.value for value in given if isinstance(value, ast.Constant)]
        wrong += [(place, name) for name in names if name not in SETTINGS | PYTHON]
    assert len(ERRORS) > 200
    assert wrong == []


def test_the_arguments_that_errors_name_exist() -> None:
    named = [
        (place, name)
        for place, text in ERRORS_TEXTS
        for name in re.findall(r"\b([a-z]\w+)=(?!=)", text)
    ]
    known = SETTINGS | PYTHON | {"fps"}  # ffmpeg's
    assert "max_megapixels" in {name for _, name in named}
    assert [(place, name) for place, name in named if name not in known] == []


def test_the_methods_that_errors_name_exist() -> None:
    pattern = r"\b(" + "|".join(mien.__all__) + r")\.([a-z]\w+)"
    named = [(p, *pair) for p, text in ERRORS_TEXTS for pair in re.findall(pattern, text)]
    assert len(named) > 0
    assert [one for one in named if not hasattr(getattr(mien, one[1]), one[2])] == []


def test_the_files_that_errors_name_are_written_by_mien_or_the_user() -> None:
    written = {text for _, text in TEXTS}
    ends = r"\b[\w-]+\.(?:toml|csv|json|zip|parquet|py|onnx|html)\b"
    named = {(place, name) for place, text in ERRORS_TEXTS for name in re.findall(ends, text)}
    folders = [ROOT / "benchmarks", ROOT / "recipes"]
    scripts = {path.name for folder in folders for path in folder.glob("*.py")}
    wrong = [one for one in named if one[1] not in written | USERS_FILES | scripts]
    assert len(named) > 10
    assert wrong == []


def test_other_packages_that_are_to_be_installed_are_dependencies() -> None:
    lists = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    known = {re.split(r"[<>=\[]", one)[0].lower() for some in lists for one in some} | {"pandas"}
    for place, text in TEXTS:
        for name in re.findall(r"pip install '?([A-Za-z][\w-]*)", text):
            assert name.lower() in known, (place, name)
