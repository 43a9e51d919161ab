"""What mien raises: kinds of error with a code each, whose texts name no flags."""

from __future__ import annotations

import ast
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mien.errors
from mien.errors import MienError, MissingExtraError, SettingsError, did_you_mean, require

SOURCE = Path(mien.errors.__file__).parent

FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]+")
"""A flag of the command line, such as ``--max-megapixels``."""

ALLOWED = {
    "figures/inline.py": "variables of CSS",
    "report/commands.py": "pages name the commands that made them or add what is missing",
    "report/model_card.py": "cards name the commands that use the network",
    "settings/renamed.py": "flags of earlier versions",
    "training/distributed.py": "torchrun's",
    "training/provenance.py": "git's",
}
"""Modules that name flags, and whose or why."""

KINDS = [
    kind
    for kind in vars(mien.errors).values()
    if isinstance(kind, type) and issubclass(kind, MienError)
]


PIPS = {"--force-reinstall", "--no-deps", "--only-binary"}
"""Flags of pip's, which texts on a broken installation name."""


def _texts(tree: ast.AST) -> Iterator[Any]:
    """Yield the strings of a module, without docstrings and without descriptions of settings."""
    ignored: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):  # a string that stands alone documents something
            ignored |= {id(node.value)}
        if isinstance(node, ast.keyword) and node.arg == "description":
            ignored |= {id(part) for part in ast.walk(node.value)}
        text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if text and id(node) not in ignored:
            yield node


def _flags_named_in(path: Path) -> list[str]:
    """List where a module's texts name flags; the variables of CSS begin with two dashes too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        f"{path.relative_to(SOURCE)}:{text.lineno}: {', '.join(flags)}"
        for text in _texts(tree)
        if (flags := _flags(str(text.value)))
    ]


def _flags(text: str) -> list[str]:
    """List the flags of mien's that a text names."""
    return [] if "var(--" in text else [flag for flag in FLAG.findall(text) if flag not in PIPS]


def test_the_library_names_no_flags() -> None:
    modules = [path for path in sorted(SOURCE.rglob("*.py")) if "cli" not in path.parts]
    assert len(modules) > 80
    allowed = [path for path in modules if path.relative_to(SOURCE).as_posix() in ALLOWED]
    others = [path for path in modules if path not in allowed]
    assert [place for path in others for place in _flags_named_in(path)] == []
    assert [path for path in allowed if not _flags_named_in(path)] == []


def test_a_flag_in_a_message_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "SOURCE", tmp_path)
    module = tmp_path / "module.py"
    module.write_text(
        '"""Documents --this."""\n'
        'Field(description="Tells of --that.")\n'
        'raise DataError(f"{1} names --these.", "Dashes -- and a-b--c are none.")\n'
    )
    assert _flags_named_in(module) == ["module.py:3: --these"]


def test_every_kind_has_a_code_of_its_own_and_stands_in_the_tree() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes) == 11
    for kind in KINDS:
        assert re.search(rf'\b{kind.__name__} +"{kind.code}"', str(mien.errors.__doc__))


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_pickling(kind: type[MienError]) -> None:
    error = pickle.loads(pickle.dumps(kind("That is wrong.", "Do this.", "max_megapixels")))
    assert type(error) is kind
    assert (error.problem, error.fix, error.setting) == (
        "That is wrong.",
        "Do this.",
        "max_megapixels",
    )
    assert str(error) == "That is wrong. Do this."


def test_an_error_without_a_fix_is_its_problem() -> None:
    assert str(SettingsError("Interrupted.")) == "Interrupted."
    assert SettingsError("Interrupted.").setting is None


# a name, the names that exist, the answer
MISSPELT = [
    ("hapy", ["happy", "sad"], "Did you mean 'happy'?"),
    ("FER-trian", ["FER-train", "FER-tune"], "Did you mean 'FER-train'?"),
    ("grey", ["gray", "RGB"], "Did you mean 'gray'?"),
    ("rgb", ["gray", "RGB"], "Did you mean 'RGB'?"),
    ("bf16", ["float32", "bfloat16"], "Did you mean 'bfloat16'?"),
    ("cat", ["coat", "carpet"], "Did you mean 'coat'?"),  # what is similar beats what is shortened
    ("eval", ["evaluate", "export"], "Did you mean 'evaluate'?"),
    ("e", ["evaluate", "blank"], ""),
    ("re", ["report", "resume"], ""),
    ("cpt", ["carpet", "compost"], ""),  # either may be meant
    ("b6", ["bfloat16"], ""),
    ("zebra", ["happy", "sad"], ""),
    ("happy", [], ""),
]


@pytest.mark.parametrize(("name", "known", "answer"), MISSPELT)
def test_did_you_mean(name: str, known: list[str], answer: str) -> None:
    assert did_you_mean(name, known) == answer


def test_a_missing_extra_is_named_with_how_to_install_it() -> None:
    with pytest.raises(MissingExtraError, match=re.escape("run: pip install '.[train]'.")):
        require("no_such_package.part", "train")
    assert require("json", "train").__name__ == "json"


def test_an_import_that_fails_inside_an_extra_is_not_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_package.py").write_text("import no_such_package")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        require("broken_package", "train")
