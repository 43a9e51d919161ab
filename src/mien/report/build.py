"""Makes a report from files, run folders and results."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from mien.data import Samples, read
from mien.data.formats import find_source
from mien.errors import SettingsError, require
from mien.files import make_folder, write
from mien.models.info import InputSpec
from mien.report.commands import report_command
from mien.report.gallery import Images, find_faces
from mien.report.inputs import NetworkResults, Say, Source, collect
from mien.report.page import write_page


@dataclasses.dataclass(frozen=True)
class Report:
    """A report on networks, as one self-contained web page."""

    title: str
    html: str
    """The page; it needs no other file and no network."""
    networks: tuple[NetworkResults, ...]
    """The networks that it covers."""
    notes: tuple[str, ...] = ()
    """One sentence for each input that could not be shown."""

    def write(self, path: str | Path) -> None:
        """Write the page to a file, and make its folder.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        file = Path(path)
        make_folder(file.parent, setting="out")
        write(file, self.html.encode(), setting="out")


def report(
    sources: Source | Sequence[Source],
    data: str | Path | Samples | None = None,
    title: str | None = None,
    *,
    skip_bad: bool = False,
    out: str | Path | None = None,
) -> Report:
    """Report how good networks are, on one self-contained web page.

    Sections whose numbers are missing are left out, and listed at the end with the command that
    adds each.

    Parameters
    ----------
    sources
        JSON files of ``mien evaluate``, run folders, and results such as
        `mien.evaluation.evaluate` returns, of one or more networks.
    data
        The data that was measured; shows the most confident mistakes.
    title
        Of the page; names the network or counts them if None.
    skip_bad
        Leave bad pictures of the data out; otherwise the first one is an error.
    out
        Where `Report.write` will write the page, for the command at its end.

    Raises
    ------
    DataError
        If a source or the data cannot be read, or sources do not fit together.
    SettingsError
        If there is no source, or the page would be too large.
    MissingExtraError
        If matplotlib is not installed.
    """
    listed = [sources] if isinstance(sources, Source) else list(sources)
    if not listed:
        raise SettingsError("There is nothing to report on.", "Name a run or a file of scores.")
    # Before anything that takes time.
    require("matplotlib.figure", "train")
    notes: list[str] = []
    networks = collect(listed, notes.append)
    faces = {} if data is None else _faces(networks, data, skip_bad, notes.append)
    heading = title or _title(networks)
    command = _command(listed, data, title, out, skip_bad)
    where = None if isinstance(data, Samples) else data
    page = write_page(networks, faces, heading, command, where)
    return Report(heading, page, tuple(networks), tuple(notes))


def _command(
    sources: Sequence[Source],
    data: str | Path | Samples | None,
    title: str | None,
    out: str | Path | None,
    skip_bad: bool,
) -> str:
    """Return the command that makes the page again; none where something is only in memory."""
    files = [source for source in sources if isinstance(source, str | Path)]
    if len(files) < len(sources) or isinstance(data, Samples):
        return ""
    return report_command(files, data, title, out, skip_bad)


def _title(networks: Sequence[NetworkResults]) -> str:
    if len(networks) == 1:
        return f"How well {networks[0].name} reads faces"
    return f"How well {len(networks)} networks read faces"


def _faces(
    networks: Sequence[NetworkResults], data: str | Path | Samples, skip_bad: bool, say: Say
) -> dict[str, Images]:
    """Find the faces of each network's predictions, by the network's name."""
    known = {
        network.name: network.predictions
        for network in networks
        if network.predictions is not None
    }
    if not isinstance(data, Samples):
        # A wrong path is an error, whether its faces are needed or not.
        find_source(Path(data))
    if not known:
        say("No network has predictions, so no faces of the data are shown.")
        return {}
    if isinstance(data, Samples):
        return {name: find_faces(those, data, "the data") for name, those in known.items()}
    by_spec: dict[InputSpec, Samples] = {}
    faces = {}
    for name, predictions in known.items():
        spec = predictions.spec
        if spec not in by_spec:
            by_spec[spec] = read(data, spec=spec, skip_bad=skip_bad)
        faces[name] = find_faces(predictions, by_spec[spec], data)
    return faces
