"""Exports runs and networks: writes NAME.onnx and NAME.json."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict, Unpack

from mien.arguments import checked
from mien.errors import SettingsError
from mien.export.ensemble import check_members, check_number
from mien.export.model_info import Origin, make_info
from mien.export.samples import check_data, network_samples, run_samples
from mien.export.weight_storage import WeightBits
from mien.files import make_folder, write
from mien.models import ModelInfo, names, onnx_paths, read_info, similar_network
from mien.models.answers import Mixing
from mien.outputs import check_folder_of_outputs
from mien.training import Run, TrainingSamples


class Options(TypedDict, total=False):
    """How networks are exported; every option may be left out."""

    data: str | Path | None
    """The data that was trained on. If None, where the run's settings say; for networks, where the
    environment variable ``MIEN__DATA`` says."""
    int8: bool
    """Multiply in 8 bits: half of the size, and faster on processors with VNNI."""
    weight_bits: int | None
    """Bits that each large weight is stored in, 16 or 8; 16 if None. With 8 the file is half as
    large again, and computes in floats all the same."""
    votes: str | Path | None
    """FER+'s fer2013new.csv: fit a second layer to its votes on the features of a network, and mix
    its answers in (`mien.models.answers.Mixing`). A run that was trained with FER+'s votes has such
    a layer, which is mixed in without this."""
    corruptions: bool
    """Score the network on corrupted faces too, which takes minutes."""
    selection_note: str | None
    """What else was selected on the validation faces, such as ``"the best of 3 seeds"``."""
    on_skipped: Callable[[Sequence[str]], object]
    """Called with a sentence for each picture of the data that was skipped, if there are any."""


@checked
def export(
    sources: Sequence[str | Path], name: str, out: str | Path = ".", **options: Unpack[Options]
) -> ModelInfo:
    """Export runs or networks, whichever the sources are: what ``mien export`` does.

    Parameters
    ----------
    sources
        Folders of finished runs, or networks by name or ONNX file; several become an ensemble.
    name
        Name of the exported network: letters, digits, - and _.
    out
        Folder to write to; it is made if it does not exist.
    **options
        As in `Options`.

    Returns
    -------
    ModelInfo
        The info that was written to NAME.json.

    Raises
    ------
    SettingsError
        If a source is neither run nor network, runs and networks are mixed, an option does not fit,
        or the data is not what was trained on.
    TrainingError
        If a run is not finished or damaged.
    NetError
        If a network cannot be loaded.
    OutputError
        If a file cannot be written.
    """
    paths = [Path(source) for source in sources]
    networks = [path for path in paths if not path.is_dir()]
    for network in networks:
        if str(network) not in names() and not network.is_file():
            raise SettingsError(
                f"There is neither a run nor a network {str(network)!r}."
                f" {similar_network(network)}".strip(),
                "Name a folder that mien train made, such as runs/lobonet, an ONNX file, or one of"
                f" {', '.join(names())}.",
                "sources",
            )
    if networks and len(networks) < len(paths):
        raise SettingsError(
            f"{networks[0]} is a network, and other sources are folders of runs.",
            "Export the runs first, and name their networks.",
            "sources",
        )
    if len(paths) == 1:
        single = export_network if networks else export_run
        return single(paths[0], name, out, **options)
    several = export_ensemble if networks else export_runs
    return several(paths, name, out, **options)


def export_run(
    run: str | Path | Run, name: str, out: str | Path = ".", **options: Unpack[Options]
) -> ModelInfo:
    """Export a finished run as NAME.onnx and NAME.json; arguments and errors as in `export`."""
    _check_name(name)
    _check_form(options)
    _check_outputs(name, out)
    opened = run if isinstance(run, Run) else Run.open(Path(run))
    samples = run_samples(opened, options.get("data"))
    _tell_skipped(samples, options)
    return _export_run(opened, samples, name, Path(out), options)


def export_runs(
    runs: Sequence[str | Path | Run], name: str, out: str | Path = ".", **options: Unpack[Options]
) -> ModelInfo:
    """Export runs as NAME-1, NAME-2 and so on, and their ensemble as NAME.json.

    Arguments and errors as in `export`; the ensemble averages the members' probabilities.
    """
    _check_name(name)
    _check_form(options)
    opened = [run if isinstance(run, Run) else Run.open(Path(run)) for run in runs]
    check_number([run.folder for run in opened])
    _check_outputs(name, out, len(opened), graph=False)
    folder, samples = Path(out), run_samples(opened[0], options.get("data"))
    _tell_skipped(samples, options)
    for run in opened[1:]:
        check_data(f"The run {run.folder}", run.record().data.sha256, samples)
    inner = Options(**{**options, "selection_note": None, "corruptions": False})
    for number, run in enumerate(opened, 1):
        _export_run(run, samples, f"{name}-{number}", folder, inner)
    members = [folder / f"{name}-{number}.onnx" for number in range(1, len(opened) + 1)]
    return _export_ensemble(members, samples, name, folder, options)


def export_network(
    net: str | Path, name: str, out: str | Path = ".", **options: Unpack[Options]
) -> ModelInfo:
    """Export another form of a network, such as that in 8 bits; errors as in `export`.

    With the option ``votes`` its weights stay as they are stored, unless ``weight_bits`` is given.
    """
    _check_name(name)
    _check_form(options)
    info, target = read_info(net), Path(out) / f"{name}.onnx"
    _check_reexport(net, info, options)
    (graph,) = onnx_paths(net, info)
    if target.resolve() == graph.resolve():
        raise SettingsError(
            f"{graph} would be replaced by what is made from it.", "Choose another name.", "name"
        )
    _check_outputs(name, out)
    samples = network_samples(net, info, options.get("data"))

    votes = options.get("votes")

    def put(path: Path, bits: WeightBits) -> Mixing | None:
        from mien.export.onnx import store_again

        if votes is not None and options.get("weight_bits") is None:
            shutil.copyfile(graph, path)
        else:
            store_again(graph, path, bits)
        return info.mixing if votes is None else _mix_votes(path, samples, Path(votes))

    return _write_network(Origin.of_network(info), samples, put, target, options)


def export_ensemble(
    nets: Sequence[str | Path], name: str, out: str | Path = ".", **options: Unpack[Options]
) -> ModelInfo:
    """Write the info NAME.json of an ensemble of networks, which stay in their own files.

    Arguments and errors as in `export`. The members must have the same classes, input and data,
    and be shipped networks or lie in `out`, where the ensemble's info will look for them.
    """
    _check_name(name)
    check_number(nets)
    own = [one for one in ("int8", "weight_bits", "votes") if options.get(one) not in (None, False)]
    if own:
        raise SettingsError(
            "An ensemble of networks has no weights of its own.",
            "Export its members in the form that you want, and name those.",
            own[0],
        )
    infos = [read_info(net) for net in nets]
    check_members(nets, infos, name, Path(out))
    _check_outputs(name, out, graph=False)
    samples = network_samples(nets[0], infos[0], options.get("data"))
    return _export_ensemble(nets, samples, name, Path(out), options)


def _export_run(
    run: Run, samples: TrainingSamples, name: str, out: Path, options: Options
) -> ModelInfo:
    """Write a run's graph and info."""
    votes = options.get("votes")

    def put(path: Path, bits: WeightBits) -> Mixing | None:
        from mien.export.onnx import export_onnx

        export_onnx(run, path, bits)
        if votes is not None:
            return _mix_votes(path, samples, Path(votes))
        return _mix_own_votes(path, run)

    origin = Origin.of_run(run.record(), run.weights_sha256())
    return _write_network(origin, samples, put, out / f"{name}.onnx", options)


def _export_ensemble(
    nets: Sequence[str | Path], samples: TrainingSamples, name: str, out: Path, options: Options
) -> ModelInfo:
    """Score networks together, and write the info that names them."""
    infos = [read_info(net) for net in nets]
    for net, info in zip(nets, infos, strict=True):
        check_data(f"The network {net}", info.data.get("sha256"), samples)
    make_folder(out, setting="out")
    return _write_info(Origin.of_members(infos), samples, out / f"{name}.json", options)


def _write_network(
    origin: Origin,
    samples: TrainingSamples,
    put: Callable[[Path, WeightBits], Mixing | None],
    path: Path,
    options: Options,
) -> ModelInfo:
    """Write a graph in the form asked for, and its info."""
    make_folder(path.parent, setting="out")
    bits: WeightBits = 8 if options.get("weight_bits") == 8 else 16
    recipe = dict(origin.recipe)
    if options.get("int8"):
        recipe.pop("weight_bits", None)
        mixing, recipe["int8"] = _put_int8(put, bits, samples, path)
        origin = dataclasses.replace(
            origin, description=f"{origin.description.removesuffix('.')}, in 8 bits."
        )
    else:
        mixing = put(path, bits)
        # 16 bits go without saying.
        recipe |= {"weight_bits": 8} if bits == 8 else {}
    origin = dataclasses.replace(origin, recipe=recipe)
    if mixing is not None:
        origin = origin.mixed(mixing)
    return _write_info(origin, samples, path, options)


def _mix_votes(path: Path, samples: TrainingSamples, votes: Path) -> Mixing:
    """Fit a layer for FER+'s votes, and mix its answers into a graph."""
    from mien.export.onnx import mix_in
    from mien.export.vote_head import fit_votes

    head, mixing = fit_votes(path, samples.split("train"), votes)
    mix_in(path, head, mixing)
    return mixing


def _mix_own_votes(path: Path, run: Run) -> Mixing | None:
    """Mix in the answers of the layer that a run trained for FER+'s votes, if it did."""
    from mien.export.onnx import mix_in
    from mien.export.vote_head import trained_head

    trained = trained_head(run)
    if trained is None:
        return None
    mix_in(path, *trained)
    return trained[1]


def _put_int8(
    put: Callable[[Path, WeightBits], Mixing | None],
    bits: WeightBits,
    samples: TrainingSamples,
    path: Path,
) -> tuple[Mixing | None, dict[str, str]]:
    """Write a graph that multiplies in 8 bits; return its mix, and how it was made."""
    from mien.export.int8 import quantise

    with tempfile.TemporaryDirectory() as folder:
        floats = Path(folder) / path.name
        mixing = put(floats, bits)
        return mixing, quantise(floats, samples.split("train"), path)


def _write_info(
    origin: Origin, samples: TrainingSamples, path: Path, options: Options
) -> ModelInfo:
    """Score the network at a path, and write its info beside it."""
    note = options.get("selection_note")
    if note:
        origin = dataclasses.replace(origin, selection=f"{origin.selection}; {note}")
    info = make_info(path.stem, path, origin, samples, options.get("corruptions", False))
    write(path.with_suffix(".json"), info.to_json().encode(), setting="out")
    return info


def _check_outputs(name: str, out: str | Path, members: int = 0, graph: bool = True) -> None:
    """Refuse names under which anything but an earlier export would be replaced."""
    networks = [f"{name}-{number}" for number in range(1, members + 1)]
    networks += [name] if graph else []
    files = [f"{network}{ending}" for network in networks for ending in (".onnx", ".json")]
    files.append(f"{name}.json")
    check_folder_of_outputs(Path(out), dict.fromkeys(files, "network"), [], "name")


def _tell_skipped(samples: TrainingSamples, options: Options) -> None:
    """Report what was skipped, if the caller asked for it."""
    if samples.skipped and "on_skipped" in options:
        options["on_skipped"](samples.skipped)


def _check_name(name: str) -> None:
    """Refuse names that are not suitable as file names."""
    if not name.replace("-", "").replace("_", "").isalnum():
        raise SettingsError(
            f"Expected a name of letters, digits, - and _, got {name!r}.",
            "Use for example my-net.",
            "name",
        )


def _check_form(options: Options) -> None:
    """Refuse numbers of bits other than 8 and 16, and 8 if no weights are stored as floats."""
    bits = options.get("weight_bits")
    if bits not in (None, 8, 16):
        raise SettingsError(
            f"Expected 8 or 16 bits for a stored weight, got {bits}.",
            "Use 8 for the smaller file.",
            "weight_bits",
        )
    if bits == 8 and options.get("int8"):
        raise SettingsError(
            "A network that multiplies in 8 bits stores its weights in 8 bits already.",
            "Choose int8 or weight_bits, not both.",
            "int8",
        )


def _check_reexport(net: str | Path, info: ModelInfo, options: Options) -> None:
    """Refuse forms that a network cannot be turned into."""
    if info.members:
        raise SettingsError(
            f"{net} is an ensemble of networks.",
            f"Name its members: {', '.join(info.members)}.",
            "sources",
        )
    if options.get("int8") and "int8" in info.recipe:
        raise SettingsError(f"The network {net} is in 8 bits already.", "Use it as it is.", "int8")
    if options.get("weight_bits") == 16 and "weight_bits" in info.recipe:
        raise SettingsError(
            f"The weights of {net} are in 8 bits already, and the rounding cannot be undone.",
            "Export the run that it was made from.",
            "weight_bits",
        )
