"""Writes an audit: a list of the faces, the counts, and one self-contained web page."""

from __future__ import annotations

import csv
import html
import io
import json
from pathlib import Path

from mien.audit.audit import Audit, AuditCounts
from mien.audit.findings import REASONS, Finding
from mien.audit.findings import title as title_of
from mien.data.samples import Samples
from mien.files import ELSEWHERE, make_folder, write
from mien.report.html import data_uri, document

SHOWN = 24
"""Faces shown for each reason, the worst."""

COLUMNS = ("name", "split", "label", "reason", "detail", "twin_of", "suggested", "probability")
"""Of audit.csv; the last two are the class that is suggested instead of the label, if one is."""


def write_audit(audit: Audit, out: Path, title: str) -> tuple[Path, ...]:
    """Write audit.csv, audit.json and audit.html.

    Parameters
    ----------
    audit
        What is doubtful.
    out
        Folder for the files; created if missing.
    title
        What the page calls the data set.

    Returns
    -------
    tuple
        The files.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    make_folder(out, setting="out")
    contents = {
        "audit.csv": table(audit),
        "audit.json": json.dumps(audit.counts().to_dict(), indent=2, ensure_ascii=False) + "\n",
        "audit.html": page(audit, title),
    }
    for name, content in contents.items():
        write(out / name, content.encode(), ELSEWHERE, "out")
    return tuple(out / name for name in contents)


def table(audit: Audit) -> str:
    """Return the findings as CSV with the columns `COLUMNS`, a row for each face and reason."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    samples, classes = audit.samples, audit.samples.vocabulary.names
    names, splits = samples.names.tolist(), samples.splits.tolist()
    for finding in audit.findings:
        row, other = finding.row, "" if finding.other is None else names[finding.other]
        label = classes[samples.labels[row]]
        cells = [names[row], splits[row], label, finding.reason, finding.detail, other]
        writer.writerow([*cells, *_suggestion(finding, classes)])
    return text.getvalue()


def _suggestion(finding: Finding, classes: tuple[str, ...]) -> tuple[str, str]:
    """Return the suggested class and its probability, empty where there is none."""
    if finding.suggested is None or finding.probability is None:
        return "", ""
    return classes[finding.suggested], f"{finding.probability:.4f}"


def page(audit: Audit, title: str) -> str:
    """Return the page: a table of counts, then for each reason its method and its worst faces.

    Parameters
    ----------
    audit
        What is doubtful.
    title
        What the page calls the data set.
    """
    counts = audit.counts()
    reasons = [reason for reason in REASONS if counts.reasons[reason].faces]
    parts = [
        f"<h1>Audit of {html.escape(title)}</h1>",
        _summary(counts),
        _table(counts, reasons),
        *(_section(audit, reason) for reason in reasons),
    ]
    return document(f"Audit of {title}", "\n".join(parts))


def _summary(counts: AuditCounts) -> str:
    """Say the most important numbers in sentences."""
    exact, near = counts.exact_twins, counts.near_twins
    checked = "" if counts.votes else " The labels were not compared with votes."
    return (
        f"<p>Of {counts.n:,} faces {counts.listed:,} are listed in audit.csv for one or more"
        f" reasons. {exact.faces:,} faces are identical to another in every pixel, in"
        f" {exact.groups:,} groups; in {exact.conflicting_groups:,} of these"
        f" ({exact.conflicting_faces:,} faces) the labels differ."
        f" {exact.test_in_train:,} test faces are identical to a Training face, and"
        f" {near.test_in_train:,} more show the same picture as one.{checked}</p>"
        f'<p class="soft">SHA-256 of the data: {counts.sha256}</p>'
    )


def _table(counts: AuditCounts, reasons: list[str]) -> str:
    """Count the faces by reason and split."""
    splits = list(counts.listed_by_split)
    heads = "".join(f"<th>{split}</th>" for split in splits)
    lines = [f"<table><tr><th>reason</th>{heads}<th>faces</th></tr>"]
    for reason in reasons:
        entry = counts.reasons[reason]
        link = f'<a href="#{reason}">{title_of(reason)}</a>'
        lines.append(_line(link, entry.by_split, entry.faces, splits))
    lines.append(_line("<b>any</b>", counts.listed_by_split, counts.listed, splits))
    return "\n".join([*lines, "</table>"])


def _line(head: str, by_split: dict[str, int], faces: int, splits: list[str]) -> str:
    cells = [*(by_split.get(split, 0) for split in splits), faces]
    return f"<tr><td>{head}</td>{''.join(f'<td>{cell:,}</td>' for cell in cells)}</tr>"


def _section(audit: Audit, reason: str) -> str:
    """Say how a reason's faces were found, and show the worst."""
    findings = audit.of(reason)
    faces = "1 face" if len(findings) == 1 else f"{len(findings):,} faces"
    shown = "all of them" if len(findings) <= SHOWN else f"the worst {SHOWN} of them"
    figures = "\n".join(_figure(audit.samples, finding) for finding in findings[:SHOWN])
    return (
        f'<h2 id="{reason}">{title_of(reason).capitalize()}: {faces}</h2>\n'
        f'<p>{html.escape(REASONS[reason])} Here are {shown}.</p>\n{_trust(audit, reason)}'
        f'<div class="faces">\n{figures}\n</div>'
    )


def _trust(audit: Audit, reason: str) -> str:
    """Say how far likely label errors can be trusted."""
    if reason != "label_error" or audit.label_errors is None:
        return ""
    return f"<p>{html.escape(' '.join(audit.label_errors.sentences()))}</p>\n"


def _figure(samples: Samples, finding: Finding) -> str:
    """Show a face, what it repeats or contradicts next to it, and why it is listed."""
    rows = [finding.row] if finding.other is None else [finding.row, finding.other]
    pictures = "".join(_picture(samples, row) for row in rows)
    labels = " / ".join(_label(samples, row) for row in rows)
    if finding.suggested is not None:
        labels += f", rather {html.escape(samples.vocabulary.names[finding.suggested])}?"
    names = "<br>".join(html.escape(str(samples.names[row])) for row in rows)
    return (
        f"<figure>{pictures}<figcaption><b>{labels}</b><br>{html.escape(finding.detail)}<br>"
        f"{names}</figcaption></figure>"
    )


def _picture(samples: Samples, row: int) -> str:
    uri = data_uri(samples.images[row])
    return f'<img alt="a face labelled {_label(samples, row)}" src="{uri}">'


def _label(samples: Samples, row: int) -> str:
    return html.escape(samples.vocabulary.names[samples.labels[row]])
