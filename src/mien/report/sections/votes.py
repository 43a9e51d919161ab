"""The section on FER+'s votes."""

from __future__ import annotations

from collections.abc import Iterator

from mien.evaluation.results import Votes, VoteShares
from mien.figures import SOFT, Bar, draw_bars, inline
from mien.report.html import beside, count, paragraph, score, table
from mien.report.inputs import NetworkResults


def votes(network: NetworkResults) -> str | None:
    """Return how well the network and the data's labels agree with FER+'s taggers."""
    measured = network.scores.votes if network.scores else None
    if measured is None:
        return None
    bars = list(_bars(measured))
    numbers = table(["vote", "faces", "network, 95%", "label, 95%"], _rows(measured))
    title = "Agreement with the taggers' vote"
    values = "; ".join(f"{bar.name} {bar.value:.3f}" for bar in bars)
    chart = beside(inline(draw_bars(bars, title), title, values), numbers) if bars else numbers
    return paragraph(*_about(measured)) + chart


def _about(measured: Votes) -> Iterator[str]:
    yield (
        "For FER+ ten people tagged the expression in each face. Here their most frequent vote is"
        " taken as the truth, and both the network and the data's own labels are compared with it:"
        " where the labels do no better than the network, the labels limit the score. Intervals"
        " are Wilson's."
    )
    yield (
        f"Left out are {count(measured.ties)} ties and {count(measured.elsewhere)} faces for which"
        " most taggers chose none of the seven expressions."
    )


def _shares(measured: Votes) -> tuple[tuple[str, VoteShares], ...]:
    agreed = f"at least {measured.agreed.votes} of 10 agree"
    return ("most frequent vote", measured), (agreed, measured.agreed)


def _bars(measured: Votes) -> Iterator[Bar]:
    for name, part in (("all", measured), (f"{measured.agreed.votes}+ agree", measured.agreed)):
        if part.accuracy is not None and part.label_accuracy is not None:
            yield Bar(f"network, {name}", part.accuracy, part.interval.accuracy)
            yield Bar(f"label, {name}", part.label_accuracy, part.interval.label_accuracy, SOFT)


def _rows(measured: Votes) -> Iterator[list[str]]:
    for name, part in _shares(measured):
        yield [
            name,
            count(part.n),
            score(part.accuracy, part.interval.accuracy),
            score(part.label_accuracy, part.interval.label_accuracy),
        ]
