"""The command mien compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.errors import DataError

if TYPE_CHECKING:
    from mien.evaluation.predictions import Predictions

app = typer.Typer(add_completion=False)

_ELSEWHERE = "Name another file with --json."
_FIX = "Write both with: mien evaluate DATA --predictions FILE.parquet --json FILE.json."


@app.command()
def compare(
    a: Path = typer.Argument(..., help="Scores (JSON) or predictions (Parquet) of one network."),
    b: Path = typer.Argument(..., help="The same of another, on the same faces."),
    json_file: Path | None = typer.Option(
        None, "--json", help="File to write the comparison to.", show_default=False
    ),
    seed: int = typer.Option(0, min=0, help="Seed of the bootstrap."),
) -> None:
    """Test whether two networks differ significantly.

    Both files come from mien evaluate with --predictions, on the same faces. A difference counts
    only where the 95% interval of a paired bootstrap leaves out 0 and McNemar's exact test gives
    less than 0.05.
    """
    from mien.evaluation.comparison import compare as compare_predictions
    from mien.files import make_folder, write

    if json_file is not None:
        make_folder(json_file.parent, _ELSEWHERE)
    found = compare_predictions(_predictions(a), _predictions(b), seed)
    _print(found)
    if json_file is not None:
        write(json_file, (json.dumps(found, indent=2) + "\n").encode(), _ELSEWHERE)


def _predictions(path: Path) -> Predictions:
    """Read predictions, or those that a file of scores names."""
    from mien.evaluation.predictions import read_predictions

    return read_predictions(_named_in(path) if path.suffix.lower() == ".json" else path)


def _named_in(path: Path) -> Path:
    """Find the predictions that a file of scores names from its own folder."""
    try:
        scores = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror or error}.", _FIX) from error
    except ValueError as error:
        raise DataError(f"Expected scores as JSON in {path}, got something else.", _FIX) from error
    named = scores.get("predictions") if isinstance(scores, dict) else None
    if not isinstance(named, str):
        raise DataError(f"{path} names no predictions, which a comparison needs.", _FIX)
    return path.parent / named


def _print(found: dict[str, Any]) -> None:
    """Print the scores side by side, then what is to be made of them."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    names = _names(found)
    title = f"{names['a']} and {names['b']} on the same {found['n']:,} faces"
    table = Table(title=escape(title), title_justify="left")
    for heading in ("score", names["a"], names["b"], "difference", "95% interval"):
        table.add_column(escape(heading))
    for key, name in (("accuracy", "accuracy"), ("macro_f1", "macro F1")):
        low, high = found["interval"][key]
        values = [f"{found[side][key]:.3f}" for side in "ab"]
        difference = f"{found['difference'][key]:+.3f}"
        table.add_row(name, *values, difference, f"{low:+.3f} to {high:+.3f}")
    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    for sentence in _sentences(found, names):
        console.print(escape(sentence))


def _names(found: dict[str, Any]) -> dict[str, str]:
    """Call the two by their networks, or A and B where those are called the same."""
    a, b = found["a"]["net"], found["b"]["net"]
    return {"a": a, "b": b} if a != b else {"a": f"{a} (A)", "b": f"{b} (B)"}


def _sentences(found: dict[str, Any], names: dict[str, str]) -> list[str]:
    test = found["mcnemar"]
    p = f"= {test['p']:.4f}" if test["p"] >= 0.0001 else "< 0.0001"
    sentences = [
        f"Only {names['a']} is right on {test['only_a']:,} faces, only {names['b']} on"
        f" {test['only_b']:,}; McNemar's exact test gives p {p}."
    ]
    for key, score in (("better", "accuracy"), ("better_macro_f1", "macro F1")):
        if found[key] is None:
            sentences.append(f"By {score} the difference is within the noise: neither is better.")
        else:
            sentences.append(f"By {score} {names[found[key]]} is better.")
    return sentences
