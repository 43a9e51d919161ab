"""The command mien compare."""

from __future__ import annotations

from pathlib import Path

import typer

app = typer.Typer(add_completion=False)


@app.command()
def compare(
    a: Path = typer.Argument(..., help="Scores (JSON) or predictions (Parquet) of one network."),
    b: Path = typer.Argument(..., help="The same of another, on the same faces."),
    json_file: Path | None = typer.Option(
        None, "--json", help="File to write the comparison to.", show_default=False
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
    from mien.files import make_folder, write
    from mien.media.outputs import check_outputs

    if json_file is not None:
        check_outputs({"json_file": json_file}, [a, b], kind="comparison")
        make_folder(json_file.parent, setting="json_file")
    comparison = compare_networks(a, b, seed)
    if json_file is not None:
        write(json_file, comparison.to_json().encode(), setting="json_file")
    show_comparison(comparison)
