"""Exports as library functions, from runs with random weights."""

import dataclasses
import json
import runpy
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mien.classes import Vocabulary
from mien.errors import MienError, SettingsError
from mien.evaluation import evaluate
from mien.export import export, export_ensemble, export_network, export_run, export_runs
from mien.models import ModelInfo, info_path, onnx_paths, read_info
from mien.models.info import InputSpec
from mien.perception.classifier import Classifier, softmax
from mien.training import Run

tiny = runpy.run_path(str(Path(__file__).parents[1] / "tiny_nets.py"))

MakeRun = Callable[..., Run]
CROPS = np.random.default_rng(0).integers(0, 256, (5, 48, 48), np.uint8)


def test_a_run_becomes_a_network_and_its_info(
    make_run: MakeRun, striped_zip: Path, tmp_path: Path
) -> None:
    run = make_run(striped_zip)
    info = export_run(run, "net", tmp_path / "out", selection_note="the best of 2 seeds")
    assert info == ModelInfo.from_file(tmp_path / "out" / "net.json")
    assert (info.name, info.architecture) == ("net", "plain-bn")
    assert list(info.scores) == ["public"]
    assert info.scores["public"]["n"] == 35
    assert info.selection.startswith("PublicTest: the last epoch; the best of 2 seeds; the temp")
    assert info.description == "plain-bn, trained on FER-2013's Training faces."
    assert Classifier(tmp_path / "out" / "net.onnx").info == info


def test_skipped_pictures_are_passed_on(
    make_run: MakeRun, own_faces: Path, tmp_path: Path
) -> None:
    faces = shutil.copytree(own_faces, tmp_path / "faces")
    (faces / "train" / "tired" / "bad.png").write_bytes(b"not a picture")
    run = make_run(faces, skip_bad=True)
    skipped: list[str] = []
    export_run(run, "net", tmp_path, on_skipped=skipped.extend)
    assert len(skipped) == 1
    assert "bad.png" in skipped[0]


def test_own_classes_in_colour_from_a_run_to_8_bits(
    make_run: MakeRun, own_faces: Path, tmp_path: Path
) -> None:
    run = make_run(own_faces, image_size=32, colour="RGB", validation=0.3)
    info = export_run(run, "sleepy", tmp_path)
    assert info.classes.names == ("awake", "tired")
    assert (info.input.height, info.input.colour) == (32, "RGB")
    assert info.scores["validation"]["n"] == 12
    assert info.selection.startswith("30% of Training")
    assert "FER-2013" not in json.dumps(dataclasses.asdict(info))
    # A network repeats the choice of the validation faces from its recipe.
    small = export_network(
        tmp_path / "sleepy.onnx", "sleepy-int8", tmp_path, int8=True, data=own_faces
    )
    assert small.recipe["int8"]["calibration"] == "28 Training faces, seed 0"
    assert small.description == "plain-bn, trained on faces (awake, tired), in 8 bits."
    assert small.scores["validation"]["n"] == 12
    both = export_ensemble(
        [tmp_path / "sleepy.onnx", tmp_path / "sleepy-int8.onnx"], "both", tmp_path, data=own_faces
    )
    assert both.classes == info.classes
    assert both.selection.startswith("30% of Training, seed 0: the members")


def test_several_runs_become_members_and_an_ensemble(
    make_run: MakeRun, striped_zip: Path, tmp_path: Path
) -> None:
    runs = [make_run(striped_zip, seed=seed).folder for seed in (0, 1)]
    info = export_runs(runs, "both", tmp_path / "out", weight_bits=8, selection_note="by hand")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "both-1.json", "both-1.onnx", "both-2.json", "both-2.onnx", "both.json"
    ]  # fmt: skip
    members = [read_info(tmp_path / "out" / f"both-{number}.json") for number in (1, 2)]
    assert info.members == {member.name: member.sha256 for member in members}
    assert [member.seeds for member in members] == [[0], [1]]
    assert [member.recipe["weight_bits"] for member in members] == [8, 8]
    assert "; by hand;" in info.selection
    assert "by hand" not in members[0].selection
    mean = np.mean(
        [softmax(Classifier(tmp_path / "out" / f"both-{n}.onnx").logits(CROPS)) for n in (1, 2)],
        axis=0,
    )
    got = softmax(Classifier(tmp_path / "out" / "both.json").logits(CROPS))
    np.testing.assert_allclose(got, mean, atol=1e-6)


def test_an_ensemble_graph_of_an_earlier_version_is_a_plain_network(tmp_path: Path) -> None:
    path: Path = tiny["make_net"](tmp_path / "old.onnx")
    fields = json.loads(path.with_suffix(".json").read_text())
    del fields["version"], fields["classes"]
    fields["recipe"] = {"members": {"a": {"net": "plain"}, "b": {"net": "lobonet"}}}
    path.with_suffix(".json").write_text(json.dumps(fields))
    assert Classifier(path).logits(CROPS).shape == (5, 7)


def test_an_export_does_not_replace_its_source(
    make_run: MakeRun, striped_zip: Path, tmp_path: Path
) -> None:
    export_run(make_run(striped_zip), "net", tmp_path)
    kept = (tmp_path / "net.onnx").read_bytes()
    with pytest.raises(SettingsError, match="would be replaced by what is made from it"):
        export_network(tmp_path / "net.onnx", "net", tmp_path, data=striped_zip, weight_bits=8)
    assert (tmp_path / "net.onnx").read_bytes() == kept


def test_a_network_and_its_scores_name_the_weights_of_their_run(
    make_run: MakeRun, striped_zip: Path, tmp_path: Path
) -> None:
    """So that a page can tell a run from another network of the same name."""
    run, other = make_run(striped_zip), make_run(striped_zip, seed=1)
    info = export_run(run, "net", tmp_path)
    assert info.weights_sha256 == run.weights_sha256() != other.weights_sha256()
    again = export_network(tmp_path / "net.onnx", "again", tmp_path, data=striped_zip)
    assert again.weights_sha256 == info.weights_sha256
    scores = evaluate(striped_zip, tmp_path / "again.onnx", split="public")
    assert (scores.weights_sha256, scores.sha256) == (run.weights_sha256(), again.sha256)
    assert scores.data_sha256 == info.data["sha256"]
    pair = export_runs([run, other], "pair", tmp_path)
    assert pair.weights_sha256 is None
    assert read_info(tmp_path / "pair-2.onnx").weights_sha256 == other.weights_sha256()
    run.best.unlink()
    assert run.weights_sha256() is None  # This record does not name them.


def test_a_network_that_does_not_say_what_it_was_trained_on(
    make_run: MakeRun, striped_zip: Path, tmp_path: Path
) -> None:
    export_run(make_run(striped_zip), "net", tmp_path)
    info = dataclasses.replace(read_info(tmp_path / "net.onnx"), data={})
    (tmp_path / "net.json").write_text(info.to_json(), encoding="utf-8")
    with pytest.raises(SettingsError, match="does not say what it was trained on") as caught:
        export_network(tmp_path / "net.onnx", "other", tmp_path, data=striped_zip)
    assert '"sha256": "' in caught.value.fix
    data = {"sha256": caught.value.fix.split('"')[3]}
    stated = dataclasses.replace(info, data=data)
    (tmp_path / "net.json").write_text(stated.to_json(), encoding="utf-8")
    assert export_network(tmp_path / "net.onnx", "other", tmp_path, data=striped_zip).data == data


def test_other_data_than_that_of_the_training_is_refused(
    make_run: MakeRun, striped_zip: Path, own_faces: Path, clouded_zip: Path, tmp_path: Path
) -> None:
    run = make_run(striped_zip)
    export_run(run, "net", tmp_path)
    with pytest.raises(SettingsError, match="was trained on other data") as caught:
        export_run(run, "net", tmp_path, data=clouded_zip)
    assert caught.value.setting == "data"
    with pytest.raises(SettingsError, match="was trained on other data"):
        export_network(tmp_path / "net.onnx", "other", tmp_path, data=own_faces)
    info = read_info(tmp_path / "net.onnx")
    other = info.data | {"validation": info.data["train"]}
    changed = dataclasses.replace(info, data=other)
    (tmp_path / "net.json").write_text(changed.to_json(), encoding="utf-8")
    with pytest.raises(SettingsError, match="was validated on other faces"):
        export_network(tmp_path / "net.onnx", "other", tmp_path, data=striped_zip)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Two shipped networks under names of their own."""
    for name, source in (("one", "lobonet"), ("two", "mien-s")):
        (graph,) = onnx_paths(source, read_info(source))
        shutil.copy(graph, tmp_path / f"{name}.onnx")
        info = dataclasses.replace(read_info(source), name=name)
        (tmp_path / f"{name}.json").write_text(info.to_json(), encoding="utf-8")
    return tmp_path / "one.onnx", tmp_path / "two.onnx"


CHANGES = [
    ({"classes": Vocabulary.named(tuple("abcdefg"))}, "two tells apart a, b, c, d, e, f and g"),
    (
        {"classes": Vocabulary.named(read_info("mien-s").classes.names, {"happy": "🤩"})},
        "The classes of one and two differ in emoji or colours",
    ),
    (
        {"input": InputSpec(height=96, width=96, colour="RGB")},
        "one takes crops of 48 x 48 gray, but two takes 96 x 96 RGB",
    ),
    ({"input": InputSpec(frame=((0.5, 0.5),) * 5)}, "gray with another range or frame"),
    ({"name": "three"}, "Expected the member three in"),
    ({"members": {"a": "0"}}, "two.onnx is an ensemble itself"),
]


@pytest.mark.parametrize(("change", "message"), CHANGES)
def test_members_that_do_not_fit_together_are_refused(
    pair: tuple[Path, Path], change: dict[str, object], message: str
) -> None:
    info = dataclasses.replace(read_info(pair[1]), **change)  # type: ignore[arg-type]
    pair[1].with_suffix(".json").write_text(info.to_json(), encoding="utf-8")
    with pytest.raises(SettingsError, match=message):
        export_ensemble(pair, "duo", pair[0].parent)


def test_an_ensemble_has_a_name_of_its_own(pair: tuple[Path, Path]) -> None:
    with pytest.raises(SettingsError, match="would replace the info of its member"):
        export_ensemble(pair, "one", pair[0].parent)
    with pytest.raises(SettingsError, match=r"Expected the member one in .*away/one\.onnx"):
        export_ensemble(pair, "duo", pair[0].parent / "away")


def test_a_folder_with_another_network_of_a_members_name(tmp_path: Path) -> None:
    (tmp_path / "mien-s.json").write_bytes(info_path("mien-s-int8").read_bytes())
    with pytest.raises(SettingsError, match="holds another network called mien-s,") as caught:
        export_ensemble(["mien-s", "mien-b"], "duo", tmp_path)
    assert f"or name {tmp_path / 'mien-s.onnx'} instead" in caught.value.fix


WRONG: list[tuple[list[str], dict[str, object], str]] = [
    (["lobonet", "{folder}"], {}, "lobonet is a network, and other sources are folders"),
    (["lobonet", "lobonet"], {}, "A source is named twice."),
    (["lobonet", "nonet"], {}, "There is neither a run nor a network 'nonet'."),
    (["nonet"], {}, "There is neither a run nor a network 'nonet'."),
    ([], {}, "Expected 2 to 5 members for an ensemble, got 0"),
    (["mien-s-int8"], {"int8": True}, "mien-s-int8 is in 8 bits already."),
    (["mien-b"], {"weight_bits": 16}, "The weights of mien-b are in 8 bits already"),
    (["mien-ensemble"], {"weight_bits": 16}, "mien-ensemble is an ensemble of networks."),
    (["lobonet", "mien-s"], {"int8": True}, "An ensemble of networks has no weights of its own."),
    (["lobonet", "mien-s"], {"weight_bits": 8}, "An ensemble of networks has no weights"),
    ([f"{{folder}}/{name}.onnx" for name in "abcdef"], {}, "Expected 2 to 5 members"),
    (["lobonet"], {"weight_bits": 4}, "Expected 8 or 16 bits for a stored weight, got 4."),
    (["lobonet"], {"weight_bits": 8, "int8": True}, "stores its weights in 8 bits already."),
    (["lobonet"], {}, "No data set was named"),
    (["{folder}"], {}, "Expected a run with a config.toml"),
]


@pytest.mark.parametrize(("sources", "options", "problem"), WRONG)
def test_what_cannot_be_exported(
    sources: list[str], options: dict[str, object], problem: str, tmp_path: Path
) -> None:
    for name in "abcdef":
        (tmp_path / f"{name}.onnx").write_text("never opened")
    paths = [source.replace("{folder}", str(tmp_path)) for source in sources]
    with pytest.raises(MienError) as caught:
        export(paths, "new", tmp_path / "out", **options)  # type: ignore[arg-type]
    assert problem in str(caught.value)
    assert "--" not in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["a/b", "", "..", "a b"])
def test_names_that_are_not_good_names_of_files(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Expected a name of letters, digits, - and _"):
        export(["lobonet"], name, tmp_path)


def test_evaluate_scores_the_faces_that_the_export_did(
    make_run: MakeRun, own_faces: Path, tmp_path: Path
) -> None:
    info = export_run(make_run(own_faces), "sleepy", tmp_path)
    scores = evaluate(own_faces, tmp_path / "sleepy.onnx")
    assert (scores.split, scores.trained_on) == ("validation", 0)
    exported = info.scores["validation"]
    assert (scores.n, scores.accuracy) == (exported["n"], exported["accuracy"])
    assert [list(row) for row in scores.confusion] == exported["confusion"]
    assert evaluate(own_faces, tmp_path / "sleepy.onnx", split="all").trained_on == 40 - scores.n


@pytest.mark.parametrize("name", ["pic.onnx", "pic.json"])
def test_files_of_the_users_are_not_replaced(
    make_run: MakeRun, striped_zip: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text('{"my": 1}')
    run = make_run(striped_zip)
    for sources in ([run.folder], [run.folder, run.folder.parent / "other"], ["lobonet"]):
        if name == "pic.onnx" and len(sources) == 2:
            continue  # an ensemble has no graph of its own
        if len(sources) == 2:
            shutil.copytree(*sources)
        with pytest.raises(SettingsError, match=f"{name} exists, and is not an earlier") as caught:
            export(sources, "pic", tmp_path, data=striped_zip)
        assert caught.value.setting == "name"
    assert [path.name for path in tmp_path.glob("pic*")] == [name]
    assert (tmp_path / name).read_text() == '{"my": 1}'
