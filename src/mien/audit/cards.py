"""Groups an audit's findings into cards: pictures that are the same are shown once."""

from __future__ import annotations

import dataclasses
import html
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from mien.audit.findings import Finding
from mien.audit.no_face import BLANK, spread
from mien.data.duplicates import fingerprints
from mien.data.samples import Samples
from mien.report.html import data_uri
from mien.words import counted

PICTURES = 4
"""Most pictures of a card."""
NAMES = 3
"""Most files that a card names."""

_CONSTANT = b"constant"
"""The digest that pictures of nearly one gray share, whichever gray it is."""


@dataclasses.dataclass(frozen=True)
class Card:
    """Findings for one reason that concern the same pictures."""

    findings: tuple[Finding, ...]
    """The worst first."""
    pictures: tuple[int, ...]
    """A row for each different picture."""
    rows: tuple[int, ...]
    """The listed faces and those that they repeat or contradict."""


def cards(samples: Samples, findings: Sequence[Finding]) -> list[Card]:
    """Group the findings of one reason, the worst first.

    Duplicates of the same face are one card, and so are two faces that contradict each other,
    and all pictures of nearly one gray.

    Parameters
    ----------
    samples
        The data set.
    findings
        Of one reason, the worst first.
    """
    digests = _digests(samples, findings)
    groups: dict[frozenset[bytes], list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_key(finding, digests), []).append(finding)
    return [_card(group, digests) for group in groups.values()]


def _digests(samples: Samples, findings: Iterable[Finding]) -> dict[int, bytes]:
    """Return a digest for each row of the findings, which the same pictures share."""
    rows = sorted({row for finding in findings for row in _rows(finding)})
    picked = samples[np.array(rows, dtype=np.intp)]
    same = zip(rows, fingerprints(picked), spread(picked.images).tolist(), strict=True)
    return {row: digest if deviation >= BLANK else _CONSTANT for row, digest, deviation in same}


def _rows(finding: Finding) -> list[int]:
    return [finding.row] if finding.other is None else [finding.row, finding.other]


def _key(finding: Finding, digests: dict[int, bytes]) -> frozenset[bytes]:
    """Return what findings of one card share: the face that stays, or both of a contradiction."""
    if finding.other is None or finding.reason.endswith("conflict"):
        return frozenset(digests[row] for row in _rows(finding))
    return frozenset([digests[finding.other]])


def _card(findings: Sequence[Finding], digests: dict[int, bytes]) -> Card:
    listed = [finding.row for finding in findings]
    others = [finding.other for finding in findings if finding.other is not None]
    rows = tuple(dict.fromkeys([*listed, *others]))
    pictures = {digests[row]: row for row in reversed(rows)}
    return Card(tuple(findings), tuple(sorted(pictures.values(), key=rows.index)), rows)


def figure(samples: Samples, card: Card) -> str:
    """Show a card: its pictures, how they are labelled, why they are listed, and their files."""
    shown = card.pictures[:PICTURES]
    pictures = "".join(_picture(samples, row) for row in shown)
    files = [html.escape(str(samples.names[row])) for row in card.rows]
    more = len(files) - NAMES
    names = files if more <= 1 else [*files[:NAMES], f"and {more:,} more"]
    lines = [f"<b>{_labels(samples, card)}</b>", *_details(card), *names]
    return f"<figure>{pictures}<figcaption>{'<br>'.join(lines)}</figcaption></figure>"


def _labels(samples: Samples, card: Card) -> str:
    """Count the labels of a card's faces, and name the class that is suggested, if one is."""
    classes = samples.vocabulary.names
    first = card.findings[0]
    labels = Counter(classes[samples.labels[row]] for row in card.rows).most_common()
    if len(card.rows) <= 2:
        text = " / ".join(html.escape(classes[samples.labels[row]]) for row in card.rows)
    else:
        text = ", ".join(f"{faces:,} {html.escape(label)}" for label, faces in labels)
    if first.suggested is not None:
        text += f", rather {html.escape(classes[first.suggested])}?"
    return text


def _details(card: Card) -> list[str]:
    """Say why the faces are listed; for several the reason of the worst."""
    more, several = len(card.pictures) - PICTURES, len(card.rows) > 2
    if several and len(card.pictures) == 1:
        lines = [f"{len(card.rows):,} faces with this picture"]
    else:
        lines = [counted(len(card.rows), "face")] if several else []
        lines.append(html.escape(card.findings[0].detail))
    return [*lines, f"{more:,} more pictures not shown"] if more > 0 else lines


def _picture(samples: Samples, row: int) -> str:
    label = html.escape(samples.vocabulary.names[samples.labels[row]])
    return f'<img alt="a face labelled {label}" src="{data_uri(samples.images[row])}">'
