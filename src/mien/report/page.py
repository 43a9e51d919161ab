"""Assembles the page of a report."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from mien.errors import SettingsError
from mien.report.commands import DATA, PLACEHOLDERS, RUN, export_commands
from mien.report.contents import missing, write_sections
from mien.report.gallery import MOST, Images
from mien.report.html import between, code, document, footer, number, paragraph
from mien.report.inputs import NetworkResults
from mien.report.sections.comparison import comparison
from mien.report.style import REPORT
from mien.words import counted

LARGEST = 5_000_000
"""Most bytes of a page."""

_FACES = 900
"""Most faces in all galleries of a page: about 3 of the 5 megabytes, with crops of FER-2013's
size."""
_FACE_PIXELS = 48 * 48
"""Pixels of a face that `_FACES` is reckoned with."""

NOTE = (
    "An expression is not a feeling: a scowl is often not anger. These networks name the"
    " expression that a face shows, for play, study and measurement. They must not be used to"
    " judge people, or to infer emotions at work or in education (EU AI Act, Article 5(1)(f))."
)

_UNMEASURED = (
    "This network has not been measured yet. Export the run, measure the network, and report on"
    " both:"
)


def write_page(
    networks: Sequence[NetworkResults],
    faces: Mapping[str, Images],
    title: str,
    command: str = "",
    data: str | Path | None = None,
) -> str:
    """Write the page: a comparison if there are several networks, then one part for each.

    Parameters
    ----------
    networks
        What is known of each network, at least one.
    faces
        By network the faces of its predictions, ``uint8 [N, H, W]`` or RGB ``[N, H, W, 3]``, for
        the galleries.
    title
        Plain text.
    command
        The command that makes the page again, if there is one.
    data
        The data that was measured, for commands; None where it is not known.

    Raises
    ------
    SettingsError
        If the page would have more than `LARGEST` bytes.
    """
    anchors = _anchors([network.name for network in networks])
    most = _faces_of_each_class(networks, faces)
    written = [write_sections(network, faces.get(network.name), most) for network in networks]
    blocks = [f"<header><h1>{html.escape(title)}</h1>"]
    blocks.append(f'<p class="note">{NOTE}</p></header>\n<main>')
    if len(networks) > 1:
        blocks += ["<h2>All networks</h2>", comparison(networks, anchors)]
    for network, anchor, sections in zip(networks, anchors, written, strict=True):
        blocks.append(_part(network, anchor, sections, data))
    blocks += [_missing_sections(networks, written, data), "</main>", footer(command)]
    return _checked(document(title, "\n".join(blocks), REPORT), len(networks))


def _faces_of_each_class(
    networks: Sequence[NetworkResults], faces: Mapping[str, Images]
) -> int:
    """Choose how many faces of each class a gallery shows, so that the page stays small enough."""
    cost = 0.0
    for network in networks:
        if network.name in faces:
            cost += len(network.classes) * _cost(faces[network.name])
    return max(1, min(MOST, int(_FACES / max(1.0, cost))))


def _cost(images: Images) -> float:
    """Return how many of FER-2013's faces one of these is worth in bytes."""
    return max(1.0, images[0].size / _FACE_PIXELS) if len(images) else 1.0


def _checked(page: str, networks: int) -> str:
    """Refuse a page that is too large."""
    size = len(page.encode())
    if size > LARGEST:
        raise SettingsError(
            f"A page of {counted(networks, 'network')} would have"
            f" {size / 1e6:.1f} MB, more than {LARGEST / 1e6:g}.",
            "Name fewer networks, and make another page for the rest.",
        )
    return page


def _anchors(names: Sequence[str]) -> list[str]:
    """Return one id for each network that a link can name."""
    plain = [re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") for name in names]
    return [f"n{number}-{name}" for number, name in enumerate(plain, start=1)]


def _part(
    network: NetworkResults,
    anchor: str,
    sections: Mapping[str, str],
    data: str | Path | None,
) -> str:
    """Show everything that is known of a network."""
    places = {title: f"{anchor}-{title.lower().replace(' ', '-')}" for title in sections}
    links = " ".join(f'<a href="#{place}">{title}</a>' for title, place in places.items())
    blocks = "".join(
        f'<section id="{places[title]}"><h3>{title}</h3>\n{body}</section>\n'
        for title, body in sections.items()
    )
    name = html.escape(network.name)
    return (
        f'<article id="{anchor}"><h2>{name}</h2>{_note(network)}{_tiles(network, data)}'
        f'<nav aria-label="Sections on {name}">{links}</nav>\n{blocks}</article>'
    )


def _tiles(network: NetworkResults, data: str | Path | None) -> str:
    """Show the few numbers that most readers look for."""
    tiles = "".join(
        f"<div><dt>{name}</dt><dd>{value}<small>{below}</small></dd></div>"
        for name, value, below in _key_figures(network)
    )
    return f'<dl class="tiles">{tiles}</dl>' if tiles else _how_to_measure(network, data)


def _how_to_measure(network: NetworkResults, data: str | Path | None) -> str:
    """List the commands that take a run to its scores."""
    folder = network.run.path if network.run else None
    trained_on = network.run.data if network.run else None
    commands = export_commands(network.net, folder or RUN, data or trained_on or DATA)
    steps = "".join(f"<li>{code(command)}</li>" for command in commands)
    return f"{paragraph(_UNMEASURED)}<ol>{steps}</ol>"


def _note(network: NetworkResults) -> str:
    return paragraph(html.escape(network.note)) if network.note else ""


def _key_figures(network: NetworkResults) -> Iterator[tuple[str, str, str]]:
    """Return name, value, and the line below it."""
    measured = network.scores
    if measured is not None:
        interval = measured.interval
        yield "accuracy", number(measured.accuracy), between(interval.accuracy)
        if measured.unique is not None:
            unique = measured.unique
            below = between(unique.interval.accuracy)
            yield "without duplicates", number(unique.accuracy), below
        yield "macro F1", number(measured.macro_f1), between(interval.macro_f1)
        if measured.ece is not None:
            yield "calibration error", number(measured.ece), between(interval.ece)
    if network.robustness is not None:
        clean = number(network.robustness.clean.accuracy)
        corrupted = number(network.robustness.mean_corruption_accuracy)
        yield "on corrupted faces", corrupted, f"{clean} on clean ones"


def _by_command(missing_parts: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Group titles by the command that adds them."""
    titles: dict[str, list[str]] = {}
    for title, command in missing_parts:
        titles.setdefault(command, []).append(title)
    return titles


def _missing_sections(
    networks: Sequence[NetworkResults],
    written: Sequence[Mapping[str, str]],
    data: str | Path | None,
) -> str:
    """List what the page does not show, and the command that adds it."""
    blocks = []
    for network, sections in zip(networks, written, strict=True):
        entries = "".join(
            f"<li>{', '.join(titles)}:<br>{code(command)}</li>\n"
            for command, titles in _by_command(missing(network, sections, data)).items()
        )
        if entries:
            name = f"<h4>{html.escape(network.name)}</h4>" if len(networks) > 1 else ""
            blocks.append(f"{name}<ul>{entries}</ul>")
    if not blocks:
        return ""
    about = paragraph(
        "These parts are left out because they were not measured. Each command adds the parts named"
        " above it; the options of mien evaluate can be combined in one call.",
        _about_placeholders("".join(blocks)),
    )
    return f'<section id="left-out"><h2>Not on this page</h2>{about}{"".join(blocks)}</section>'


def _about_placeholders(commands: str) -> str:
    """Explain the placeholders in commands."""
    used = [
        f"{word} is {meaning}"
        for word, meaning in PLACEHOLDERS.items()
        if re.search(rf"(?<![\w-]){word}\b", commands)
    ]
    return f"Placeholders: {'; '.join(used)}." if used else ""
