"""Writes an audit: a list of the faces, the counts, and one self-contained web page."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from mien.audit.audit import Audit, AuditCounts
from mien.audit.cards import Card, cards, figure
from mien.audit.findings import REASONS, Finding
from mien.files import ELSEWHERE, make_folder, write
from mien.outputs import Kind, check_folder_of_outputs
from mien.report.html import document, footer, paragraph
from mien.report.html import table as html_table
from mien.words import counted, plural, spaced

SHOWN = 24
"""Most cards shown for each reason."""

FILES: dict[str, Kind] = {"audit.csv": "audit", "audit.json": "audit", "audit.html": "page"}
"""The files, and what each holds."""

COLUMNS = ("name", "split", "label", "reason", "detail", "duplicate_of", "suggested", "probability")
"""Of audit.csv; the last two are for a class that is suggested instead of the label."""


def write_audit(audit: Audit, out: Path, title: str, command: str = "") -> tuple[Path, ...]:
    """Write audit.csv, audit.json and audit.html.

    Parameters
    ----------
    audit
        What is doubtful.
    out
        Folder for the files; created if missing.
    title
        What the page calls the data set.
    command
        The command that makes the audit again, which the page shows.

    Returns
    -------
    tuple
        The files.

    Raises
    ------
    SettingsError
        If a file is there that is not an earlier output of mien.
    OutputError
        If a file cannot be written.
    """
    check_folder_of_outputs(out, FILES, [])
    make_folder(out, setting="out")
    contents = {
        "audit.csv": table(audit),
        "audit.json": json.dumps(audit.counts().to_dict(), indent=2, ensure_ascii=False) + "\n",
        "audit.html": page(audit, title, command),
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


def page(audit: Audit, title: str, command: str = "") -> str:
    """Return the page: a table of counts, then for each reason its method and its worst faces.

    Parameters
    ----------
    audit
        What is doubtful.
    title
        What the page calls the data set.
    command
        The command that makes the audit again.
    """
    counts = audit.counts()
    reasons = [reason for reason in counts.reasons if counts.reasons[reason].faces]
    parts = [
        f"<h1>Audit of {html.escape(title)}</h1>",
        _summary(counts),
        _table(counts, reasons),
        _not_listed(counts),
        *(_section(audit, reason) for reason in reasons),
        footer(command),
    ]
    return document(f"Audit of {title}", "\n".join(parts))


def _summary(counts: AuditCounts) -> str:
    """Say the most important numbers in sentences."""
    exact, near = counts.exact_duplicates, counts.near_duplicates
    sentences = [
        f"Of {counted(counts.n, 'face')}, {counts.listed:,}"
        f" {plural(counts.listed, 'is', 'are')} listed in audit.csv for one or more reasons.",
        f"{counted(exact.faces, 'face is', 'faces are')} identical to another in every pixel, in"
        f" {counted(exact.groups, 'group')}; in {exact.conflicting_groups:,} of these"
        f" ({counted(exact.conflicting_faces, 'face')}) the labels differ.",
    ]
    if "train" in counts.listed_by_split or exact.test_in_train or near.test_in_train:
        sentences.append(
            f"{counted(exact.test_in_train, 'test face is', 'test faces are')} identical to a"
            f" Training face, and {near.test_in_train:,} more"
            f" {plural(near.test_in_train, 'shows', 'show')} the same picture as one."
        )
    return f'{paragraph(*sentences)}<p class="soft small">SHA-256 of the data: {counts.sha256}</p>'


def _table(counts: AuditCounts, reasons: list[str]) -> str:
    """Count the faces by reason and split."""
    splits = list(counts.listed_by_split)
    rows = [
        _line(f'<a href="#{reason}">{spaced(reason)}</a>', entry.by_split, entry.faces, splits)
        for reason in reasons
        for entry in [counts.reasons[reason]]
    ]
    rows.append(_line("<b>any</b>", counts.listed_by_split, counts.listed, splits))
    return html_table(["reason", *map(html.escape, splits), "faces"], rows)


def _line(head: str, by_split: dict[str, int], faces: int, splits: list[str]) -> list[str]:
    return [head, *(f"{by_split.get(split, 0):,}" for split in splits), f"{faces:,}"]


def _not_listed(counts: AuditCounts) -> str:
    """Name the reasons that no face is listed for, and those that were not looked for."""
    none = [reason for reason, entry in counts.reasons.items() if not entry.faces]
    sentences = [f"No face: {', '.join(map(spaced, none))}."] if none else []
    unknown = ", ".join(map(spaced, counts.not_looked_for))
    sentences += [f"Not looked for: {unknown}."] if unknown else []
    return paragraph(*sentences) if sentences else ""


def _section(audit: Audit, reason: str) -> str:
    """Say how a reason's faces were found, and show the worst."""
    findings = audit.of(reason)
    grouped = cards(audit.samples, findings)
    figures = "\n".join(figure(audit.samples, card) for card in grouped[:SHOWN])
    heading = f"{spaced(reason).capitalize()}: {counted(len(findings), 'face')}"
    return (
        f'<h2 id="{reason}">{heading}</h2>\n'
        f"{paragraph(html.escape(REASONS[reason]), *_shown(len(findings), grouped))}\n"
        f'{_trust(audit, reason)}<div class="faces">\n{figures}\n</div>'
    )


def _shown(findings: int, grouped: Sequence[Card]) -> Iterator[str]:
    """Say how much of a reason is on the page."""
    if len(grouped) < findings:
        yield "Faces that belong together share a card."
    if len(grouped) > SHOWN:
        yield f"The worst {SHOWN} of {len(grouped):,} cards are shown."


def _trust(audit: Audit, reason: str) -> str:
    """Say how far likely label errors can be trusted."""
    if reason != "label_error" or audit.label_errors is None:
        return ""
    return f"<p>{html.escape(' '.join(audit.label_errors.sentences()))}</p>\n"
