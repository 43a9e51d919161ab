"""Shows what an audit found as one self-contained web page."""

from __future__ import annotations

import csv
import html
import io
import json
from pathlib import Path
from typing import Any

from mien.audit.audit import Audit
from mien.audit.findings import REASONS, Finding
from mien.classes import NAMES
from mien.data.samples import Samples
from mien.files import make_folder, write
from mien.report.html import data_uri, document

SHOWN = 24
"""Faces shown for each reason, the worst."""


def page(made: Audit, title: str) -> str:
    """Make the page: a table of counts, then for each reason how it was found and its worst.

    Parameters
    ----------
    made
        What was found.
    title
        What the page calls the data set.
    """
    counts = made.to_dict()
    found = [reason for reason in REASONS if counts["reasons"][reason]["faces"]]
    parts = [
        f"<h1>Audit of {html.escape(title)}</h1>",
        _summary(counts),
        _table(counts, found),
        *(_section(made, reason) for reason in found),
    ]
    return document(f"Audit of {title}", "\n".join(parts))


def _summary(counts: dict[str, Any]) -> str:
    """Say the most important numbers in sentences."""
    exact, near = counts["exact_twins"], counts["near_twins"]
    checked = "" if counts["votes"] else " No votes were given, so no label was checked by them."
    return (
        f'<p>Of {counts["n"]:,} faces {counts["listed"]:,} are listed in audit.csv for one reason'
        f' or more. {exact["faces"]:,} faces are equal to another in every pixel, in'
        f' {exact["groups"]:,} groups; in {exact["conflicting_groups"]:,} of these'
        f' ({exact["conflicting_faces"]:,} faces) the labels differ.'
        f' {exact["test_in_train"]:,} test faces are equal to one of train, and'
        f' {near["test_in_train"]:,} more are the same picture as one of train.{checked}</p>'
        f'<p class="soft">SHA-256 of the data: {counts["sha256"]}</p>'
    )


def _table(counts: dict[str, Any], found: list[str]) -> str:
    """Count the faces by reason and split."""
    splits = list(counts["listed_by_split"])
    heads = "".join(f"<th>{split}</th>" for split in splits)
    lines = [f"<table><tr><th>reason</th>{heads}<th>faces</th></tr>"]
    for reason in found:
        entry = counts["reasons"][reason]
        lines.append(_line(f'<a href="#{reason}">{_words(reason)}</a>', entry, splits))
    total = {"by_split": counts["listed_by_split"], "faces": counts["listed"]}
    lines.append(_line("<b>any</b>", total, splits))
    return "\n".join([*lines, "</table>"])


def _line(head: str, entry: dict[str, Any], splits: list[str]) -> str:
    cells = [*(entry["by_split"].get(split, 0) for split in splits), entry["faces"]]
    return f"<tr><td>{head}</td>{''.join(f'<td>{cell:,}</td>' for cell in cells)}</tr>"


def _section(made: Audit, reason: str) -> str:
    """Say how a reason's faces were found, and show the worst."""
    findings = made.of(reason)
    shown = "all of them" if len(findings) <= SHOWN else f"the worst {SHOWN} of them"
    figures = "\n".join(_figure(made.samples, finding) for finding in findings[:SHOWN])
    return (
        f'<h2 id="{reason}">{_words(reason).capitalize()}: {len(findings):,} faces</h2>\n'
        f'<p>{html.escape(REASONS[reason])} Here are {shown}.</p>\n{_trust(made, reason)}'
        f'<div class="faces">\n{figures}\n</div>'
    )


def _trust(made: Audit, reason: str) -> str:
    """Say how far likely label errors can be trusted."""
    if reason != "label_error" or made.label_errors is None:
        return ""
    return f"<p>{html.escape(' '.join(made.label_errors.sentences()))}</p>\n"


def _figure(samples: Samples, finding: Finding) -> str:
    """Show a face, its twin beside it, and what was found."""
    rows = [finding.row] if finding.twin is None else [finding.row, finding.twin]
    pictures = "".join(_picture(samples, row) for row in rows)
    named = " / ".join(NAMES[samples.labels[row]] for row in rows)
    if finding.suggested is not None:
        named += f", rather {NAMES[finding.suggested]}?"
    names = "<br>".join(html.escape(str(samples.names[row])) for row in rows)
    return (
        f"<figure>{pictures}<figcaption><b>{named}</b><br>{html.escape(finding.detail)}<br>"
        f"{names}</figcaption></figure>"
    )


def _picture(samples: Samples, row: int) -> str:
    label = NAMES[samples.labels[row]]
    return f'<img alt="a face called {label}" src="{data_uri(samples.images[row])}">'


def _words(reason: str) -> str:
    return reason.replace("_", " ")


COLUMNS = ("name", "split", "label", "reason", "detail", "twin_of", "suggested", "probability")
"""Of audit.csv; the last two are the class that is suggested instead of the label, if one is."""

FIX = "Name another folder with --out."
"""What to do where the files cannot be written."""


def write_audit(made: Audit, out: Path, title: str) -> tuple[Path, ...]:
    """Write audit.csv, audit.json and audit.html.

    Parameters
    ----------
    made
        What was found.
    out
        Folder for the files; made if it is missing.
    title
        What the page calls the data set.

    Returns
    -------
    tuple
        The files.

    Raises
    ------
    SettingsError
        If a file cannot be written.
    """
    make_folder(out, FIX)
    contents = {
        "audit.csv": table(made),
        "audit.json": json.dumps(made.to_dict(), indent=2) + "\n",
        "audit.html": page(made, title),
    }
    for name, content in contents.items():
        write(out / name, content.encode(), FIX)
    return tuple(out / name for name in contents)


def table(made: Audit) -> str:
    """Give the findings as CSV with the columns `COLUMNS`, a row a face and reason."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    samples = made.samples
    names, splits, labels = (
        each.tolist() for each in (samples.names, samples.splits, samples.labels)
    )
    for finding in made.findings:
        row, twin = finding.row, "" if finding.twin is None else names[finding.twin]
        label = NAMES[labels[row]]
        cells = [names[row], splits[row], label, finding.reason, finding.detail, twin]
        writer.writerow([*cells, *_suggestion(finding)])
    return text.getvalue()


def _suggestion(finding: Finding) -> tuple[str, str]:
    """Give the suggested class and its probability, empty where there is none."""
    if finding.suggested is None or finding.probability is None:
        return "", ""
    return NAMES[finding.suggested], f"{finding.probability:.4f}"
