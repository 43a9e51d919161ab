"""Writes what an audit found: the list to exclude, its counts, and a page to look at."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from mien.expression import NAMES
from mien.fer2013.audit import Audit
from mien.fer2013.audit_findings import Finding
from mien.fer2013.audit_page import page
from mien.files import make_folder, write

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
