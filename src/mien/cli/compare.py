"""The command mien compare."""

from __future__ import annotations

from pathlib import Path

import typer

from mien.cli.outputs import file_of, say_written, write_output
from mien.stdout import is_stdout

app = typer.Typer(add_completion=False)


@app.command()
def compare(
    a: Path = typer.Argument(..., help="Scores (JSON) or predictions (Parquet) of one network."),
    b: Path = typer.Argument(..., help="The same for another network, on the same faces."),
    json_file: Path | None = typer.Option(
        None,
        "--json",
        help="File to write the comparison to; - is standard output.",
        show_default=False,
    ),
    seed: int = typer.Option(
        0, min=0, help="Seed of the bootstrap."
    ),
) -> None:
    """Test whether two networks differ significantly.

    Both files come from mien evaluate with --predictions, on the same faces. A difference counts
    only if the 95% interval of a paired bootstrap excludes 0 and McNemar's exact test gives
    p below 0.05. Differences are the second network's scores minus the first one's.
    """
    from mien.cli.scores_table import show_comparison
    from mien.evaluation import compare as compare_networks
    from mien.outputs import check_outputs

    check_outputs({"json_file": file_of(json_file)}, [a, b], kind="comparison")
    comparison = compare_networks(a, b, seed)
    if json_file is not None:
        write_output(json_file, comparison.to_json(), "json_file")
    show_comparison(comparison, is_stdout(json_file))
    say_written(json_file, on_stderr=is_stdout(json_file))
