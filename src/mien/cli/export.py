"""The command mien export."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.cli.options import flag
from mien.cli.reading import read_samples
from mien.errors import SettingsError, require
from mien.settings import Settings

if TYPE_CHECKING:
    from mien.data import Samples
    from mien.export.weight_storage import WeightBits

app = typer.Typer(add_completion=False)


@app.command()
def export(
    sources: list[Path] = typer.Argument(
        ...,
        metavar="RUN|NETWORK...",
        help="Folder of a finished run, such as runs/lobonet, or a network, by its name or its"
        " ONNX file; of several, an ensemble.",
    ),
    name: str = typer.Option(..., help="Name of the network, which its files get."),
    out: Path = typer.Option(Path(), help="Folder to write NAME.onnx and NAME.json to."),
    data: Path | None = flag(Settings, "data"),
    int8: bool = typer.Option(
        False,
        "--int8",
        help="Multiply in 8 bits: half of the size, and faster on processors with VNNI.",
    ),
    weight_bits: int | None = typer.Option(
        None,
        help="Bits that each large weight is stored in, 16 or 8; 16 if unset. With 8 the file is"
        " half as large again; it computes in floats all the same.",
    ),
    choice: str | None = typer.Option(
        None,
        help="What else PublicTest chose, for the card to say, such as: the best of 3 seeds.",
    ),
    corruptions: bool = typer.Option(
        False,
        "--corruptions",
        help="Score the network on spoilt faces too, for its card; takes minutes.",
    ),
) -> None:
    """Turn a finished run into an ONNX network with its card.

    Of two to five runs it makes one network that averages what they say, with equal weights; of
    two to five networks only a card that names them, so that nothing is stored twice. Of one
    network it makes another form, such as that in 8 bits.

    The temperature and the thresholds of `mien detect --sets` are fitted, and the scores are
    measured, on PublicTest of the run's own data. `mien card` then writes the card as Markdown.
    """
    require("lightning", "train")
    from mien.files import ELSEWHERE, make_folder

    nets = _check(sources, name)
    bits = _check_bits(weight_bits, int8, len(nets) > 1)
    if len(nets) > 1:
        made = _of_members(nets, data, out, int8)
    else:
        made = _of_net(nets[0], data, int8, weight_bits) if nets else _of_runs(sources, data)
    if choice is not None:
        said = f"{made.run_card['selection']}; {choice}"
        made = dataclasses.replace(made, run_card=made.run_card | {"selection": said})
    make_folder(out, ELSEWHERE)
    _write(made, out / f"{name}.onnx", int8, bits, corruptions)


def _check(sources: list[Path], name: str) -> list[Path]:
    """Refuse what can be no sources or no name; give the sources that are networks."""
    from mien.models import names

    if not name.replace("-", "").replace("_", "").isalnum():
        raise SettingsError(
            f"Expected a name of letters, digits, - and _, got {name!r}.",
            "Use for example --name my-net.",
        )
    nets = [source for source in sources if not source.is_dir()]
    for net in nets:
        if str(net) not in names() and not net.is_file():
            raise SettingsError(
                f"There is neither a run nor a network {str(net)!r}.",
                "Name a folder that mien train made, such as runs/lobonet, an ONNX file, or one of"
                f" {', '.join(names())}.",
            )
    if nets and len(nets) < len(sources):
        raise SettingsError(
            f"{nets[0]} is a network, and other sources are folders of runs.",
            "Export the runs first, and name their networks.",
        )
    if len({source.resolve() for source in sources}) < len(sources):
        raise SettingsError("A source is named twice.", "An ensemble gains by those that differ.")
    return nets


def _check_bits(bits: int | None, int8: bool, members: bool) -> WeightBits:
    """Refuse another number than 8 or 16, and 8 where no weights are stored in floats."""
    if bits not in (None, 8, 16):
        raise SettingsError(
            f"Expected 8 or 16 bits for a stored weight, got {bits}.",
            "Use --weight-bits 8 for the smaller file; mien-b loses nothing by it.",
        )
    if bits == 8 and int8:
        raise SettingsError("--int8 stores weights in 8 bits already.", "Omit --weight-bits.")
    if bits == 8 and members:
        raise SettingsError(
            "The card of an ensemble holds no weights.",
            "Export its members with --weight-bits 8 before.",
        )
    return 8 if bits == 8 else 16


@dataclasses.dataclass(frozen=True)
class _Made:
    """What is exported."""

    run_card: dict[str, Any]
    samples: Samples
    put: Callable[[Path, WeightBits], object]
    """Writes the graph, in floats, to a file; nothing for an ensemble of networks."""
    members: dict[str, str] = dataclasses.field(default_factory=dict)


def _of_runs(folders: list[Path], data: Path | None) -> _Made:
    """Open the runs, and read the data that all of them were trained on."""
    from mien.export.card import together
    from mien.export.onnx import export_onnx
    from mien.training.run import Run

    runs = [Run.open(folder) for folder in folders]
    settings = runs[0].settings()
    path = data or settings.data_or_fail()
    samples = read_samples(path, settings.skip_bad)
    cards = [(run.folder.name, run.read_card()) for run in runs]
    for run, (_, card) in zip(runs, cards, strict=True):
        _check_data(f"The run {run.folder}", card, samples, path)
    return _Made(together(cards), samples, lambda file, bits: export_onnx(runs, file, bits))


def _of_net(net: Path, data: Path | None, int8: bool, bits: int | None) -> _Made:
    """Open a network that was exported before, and read the data that it was trained on."""
    from mien.export.card import of_run
    from mien.export.onnx import store_again
    from mien.models import onnx_paths, read_info

    whole = read_info(net)
    card = of_run(whole)
    if whole.members:
        raise SettingsError(
            f"{net} is an ensemble of networks.", f"Name its members: {', '.join(whole.members)}."
        )
    if int8 and "int8" in card["recipe"]:
        raise SettingsError(f"The network {net} is in 8 bits already.", "Use it as it is.")
    if bits == 16 and "weight_bits" in card["recipe"]:
        raise SettingsError(
            f"The weights of {net} are in 8 bits already; what was rounded does not come back.",
            "Export the run that it was made of.",
        )
    (graph,) = onnx_paths(net, whole)
    samples = _own_data(net, card, data)
    return _Made(card, samples, lambda file, bits: store_again(graph, file, bits))


def _of_members(nets: list[Path], data: Path | None, out: Path, int8: bool) -> _Made:
    """Read the cards of networks that shall answer together."""
    from mien.export.card import of_run, together
    from mien.export.inference_model import MEMBERS
    from mien.models import names, read_info

    if int8:
        raise SettingsError(
            "An ensemble of networks cannot be turned into 8 bits.",
            "Turn each of its members, and name those.",
        )
    if len(nets) > MEMBERS:
        raise SettingsError(
            f"Expected 2 to {MEMBERS} networks for an ensemble, got {len(nets)}.",
            "Name the best that differ from each other.",
        )
    cards = [read_info(net) for net in nets]
    for net, card in zip(nets, cards, strict=True):
        if card.members:
            raise SettingsError(f"{net} is an ensemble itself.", "Name its members.")
        if str(net) not in names() and (
            net.parent.resolve() != out.resolve() or net.stem != card.name
        ):
            raise SettingsError(
                f"Expected the member {card.name} in {out / card.name}.onnx, where the ensemble's"
                f" card will look for it; it is {net}.",
                f"Put it and its card there, or use --out {net.parent}.",
            )
        beside = out / f"{card.name}.json"
        if beside.is_file() and read_info(beside).sha256 != card.sha256:
            raise SettingsError(
                f"{out} holds another network called {card.name}, which the ensemble's card would"
                " take for the member.",
                f"Use another folder with --out, or name {beside.with_suffix('.onnx')} instead.",
            )
    if len({card.name for card in cards}) < len(cards):
        raise SettingsError("Two members have the same name.", "Export one under another name.")
    run_cards = [(card.name, of_run(card)) for card in cards]
    samples = _own_data(nets[0], run_cards[0][1], data)
    for net, (_, run_card) in zip(nets[1:], run_cards[1:], strict=True):
        _own_data(net, run_card, data)
    members = {card.name: card.sha256 for card in cards}
    return _Made(together(run_cards), samples, lambda *_: None, members)


def _own_data(net: Path, card: dict[str, Any], data: Path | None) -> Samples:
    """Read the data, which must be what a network was trained on."""
    path = Settings(data=data).data_or_fail()
    samples = read_samples(path, False)
    _check_data(f"The network {net}", card, samples, path)
    return samples


def _check_data(what: str, card: dict[str, Any], samples: Samples, path: Path) -> None:
    """Refuse data that was not trained on."""
    if card["data"]["sha256"] != samples.sha256:
        raise SettingsError(
            f"{what} was trained on other data than {path}.", "Name its own data with --data."
        )


def _write(made: _Made, onnx: Path, int8: bool, bits: WeightBits, corruptions: bool) -> None:
    """Write the graph and its card."""
    from mien.cli.spoiling import progress
    from mien.export.card import make_card
    from mien.export.int8 import quantise
    from mien.files import ELSEWHERE, write
    from mien.models.info import FER2013_INPUT

    recipe = dict(made.run_card["recipe"])
    if int8:
        with tempfile.TemporaryDirectory() as folder:
            floats = Path(folder) / onnx.name
            made.put(floats, bits)
            how = quantise(floats, made.samples.split("train"), onnx)
        recipe.pop("weight_bits", None)
        recipe["int8"] = how
    else:
        made.put(onnx, bits)
        # 16 go without saying.
        if bits == 8:
            recipe["weight_bits"] = bits
    with progress() if corruptions else nullcontext() as tell:
        card = make_card(
            onnx.stem,
            onnx,
            made.run_card | {"recipe": recipe},
            FER2013_INPUT,
            made.samples,
            corruptions,
            tell,
            made.members,
        )
    file = onnx.with_suffix(".json")
    write(file, card.to_json().encode(), ELSEWHERE)
    used, public = file if made.members else onnx, card.scores["public"]
    typer.echo(f"{used}: accuracy {public['accuracy']:.4f} on PublicTest. Use it: --net {used}.")
