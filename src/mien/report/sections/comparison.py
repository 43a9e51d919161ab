"""The section that compares networks."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from mien.errors import DataError
from mien.evaluation.comparison import compare
from mien.evaluation.results import Comparison
from mien.evaluation.wording import split_in_words
from mien.figures import Bar, draw_bars, inline
from mien.report.html import NONE, count, figures, number, p_value, paragraph, score, table
from mien.report.inputs import NetworkResults


def comparison(networks: Sequence[NetworkResults], anchors: Sequence[str]) -> str:
    """Compare networks by their headline scores, and in pairs if predictions are known.

    Parameters
    ----------
    networks
        What is known of each.
    anchors
        Where the page shows each.
    """
    groups = _by_faces(networks)
    bars = [
        Bar(network.name, network.scores.accuracy, network.scores.interval.accuracy)
        for network in networks
        if network.scores and len(groups) == 1
    ]
    title = "Accuracy, with 95% intervals"
    values = "; ".join(f"{bar.name} {bar.value:.3f}" for bar in bars)
    return "".join(
        [
            paragraph(*_about(groups)),
            _table(networks, anchors),
            figures(inline(draw_bars(bars, title), title, values)) if bars else "",
            *map(_pairs, groups),
        ]
    )


def _by_faces(networks: Sequence[NetworkResults]) -> list[list[NetworkResults]]:
    """Group networks by the faces that they were measured on, whatever these are called."""
    groups: list[list[NetworkResults]] = []
    for network in networks:
        if network.scores is None:
            continue
        for group in groups:
            if all(_same_faces(network, other) for other in group):
                group.append(network)
                break
        else:
            groups.append([network])
    return groups


def _same_faces(one: NetworkResults, other: NetworkResults) -> bool:
    """Tell whether two networks were measured on the same faces, as far as is known."""
    if one.scores is None or other.scores is None or one.scores.faces != other.scores.faces:
        return False
    # Files of earlier versions do not say which data it was.
    data = {part.data_sha256 for part in (one.scores, other.scores) if part.data_sha256}
    if one.predictions is None or other.predictions is None:
        return len(data) < 2
    ours, theirs = one.predictions.by_name(), other.predictions.by_name()
    if ours.names.tolist() != theirs.names.tolist():
        return False
    if ours.crop_shape == theirs.crop_shape:
        return bool((ours.pixels == theirs.pixels).all())
    return len(data) < 2


def _about(groups: Sequence[Sequence[NetworkResults]]) -> Iterator[str]:
    yield (
        "The 95% intervals are Wilson's for accuracy, and bootstrapped for macro F1 and the"
        " expected calibration error (ECE); “corrupted” is the mean accuracy over all corruptions"
        " and severities."
    )
    if len(groups) > 1:
        yield (
            "<strong>The networks were measured on different faces, so their scores cannot be"
            " compared.</strong>"
        )
        for group in groups:
            if len(group) > 1:
                names = " and ".join(html.escape(network.name) for network in group)
                yield f"Only {names} were measured on the same faces."
    elif groups and len(groups[0]) > 1:
        splits = list(dict.fromkeys(html.escape(network.split) for network in groups[0]))
        if len(splits) > 1:
            yield f"The same faces are called {' and '.join(splits)}."
        yield (
            "Overlapping intervals do not mean that two networks are equally good: both were"
            " measured on the same faces, and only a paired comparison can tell."
        )


def _table(networks: Sequence[NetworkResults], anchors: Sequence[str]) -> str:
    headings = ["network", "split", "faces", "accuracy, 95%", "macro F1, 95%", "ECE, 95%"]
    rows = [_row(network, anchor) for network, anchor in zip(networks, anchors, strict=True)]
    return table([*headings, "corrupted"], rows)


def _row(network: NetworkResults, anchor: str) -> list[str]:
    measured, robustness = network.scores, network.robustness
    name = f'<a href="#{anchor}">{html.escape(network.name)}</a>'
    corrupted = number(robustness.mean_corruption_accuracy) if robustness else NONE
    if measured is None:
        return [name, *[NONE] * 5, corrupted]
    return [
        name,
        html.escape(split_in_words(measured.split, measured.classes)),
        count(measured.n),
        score(measured.accuracy, measured.interval.accuracy),
        score(measured.macro_f1, measured.interval.macro_f1),
        score(measured.ece, measured.interval.ece),
        corrupted,
    ]


def _pairs(networks: Sequence[NetworkResults]) -> str:
    """Compare each network with the most accurate one, on the same faces."""
    known = [network for network in networks if network.scores and network.predictions]
    if len(known) < 2:
        return ""
    best = max(known, key=lambda network: network.scores.accuracy if network.scores else 0)
    rows = [_pair(best, network) for network in known if network is not best]
    name = html.escape(best.name)
    about = paragraph(
        f"{name} has the highest accuracy. The table shows by how much the others' scores differ"
        " from its own on the same faces, with the 95% interval of a paired bootstrap; p is from"
        " McNemar's exact test. A difference counts only if the interval excludes 0 and p is below"
        " 0.05."
    )
    headings = ["network", "accuracy, 95%", "macro F1, 95%", "McNemar's test", "verdict"]
    return f"<h4>In pairs, against {name}</h4>{about}{table(headings, rows)}"


def _pair(best: NetworkResults, other: NetworkResults) -> list[str]:
    name = html.escape(other.name)
    if best.predictions is None or other.predictions is None:
        return [name, *[NONE] * 4]
    try:
        result = compare(best.predictions, other.predictions)
    except DataError as error:
        return [name, *[NONE] * 3, html.escape(error.problem)]
    difference, interval = result.difference, result.interval
    return [
        name,
        score(difference.accuracy, interval.accuracy),
        score(difference.macro_f1, interval.macro_f1),
        p_value(result.mcnemar.p),
        _verdict(result),
    ]


def _verdict(result: Comparison) -> str:
    if result.better is None:
        return "no significant difference"
    return "worse" if result.better == "a" else "better"
