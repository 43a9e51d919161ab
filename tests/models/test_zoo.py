"""What holds for every shipped network."""

import dataclasses
import hashlib
import re
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest

from mien.classes import Vocabulary
from mien.errors import NetError
from mien.models import (
    DEFAULT,
    info_path,
    names,
    onnx_paths,
    read_info,
    shipped_as,
    similar_network,
)
from mien.perception.classifier import Classifier, softmax


def test_the_default_is_shipped() -> None:
    assert DEFAULT in names()


@pytest.mark.parametrize("name", names())
def test_an_info_describes_its_file(name: str) -> None:
    info = read_info(name)
    assert info.name == name
    weights = b"".join(path.read_bytes() for path in onnx_paths(name, info))
    assert hashlib.sha256(weights).hexdigest() == info.sha256
    assert len(weights) == info.size


@pytest.mark.parametrize("name", names())
def test_an_info_states_scores_with_intervals(name: str) -> None:
    scores = read_info(name).scores["public"]
    low, high = scores["interval"]["accuracy"]
    assert low < scores["accuracy"] < high
    assert scores["accuracy_unique"] < 1
    assert scores["n_unique"] < scores["n"] == 3589


@pytest.mark.parametrize("name", names())
def test_a_network_answers_for_any_number_of_faces(name: str) -> None:
    faces = np.random.default_rng(0).integers(0, 256, (65, 48, 48), dtype=np.uint8)
    classifier = Classifier(name)
    together = classifier.probabilities(faces)
    assert together.sum(axis=1) == pytest.approx(np.ones(65), abs=1e-5)
    assert classifier.probabilities(faces[:1]) == pytest.approx(together[:1], abs=1e-5)
    assert classifier.probabilities(faces[:0]).shape == (0, 7)


def test_an_unknown_network_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(NetError, match=f"'nonet'.*{DEFAULT}"):
        info_path("nonet")
    with pytest.raises(NetError, match="no network"):
        info_path(tmp_path / "missing.onnx")


def test_a_file_of_a_shipped_networks_name_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shipped = info_path("lobonet")
    (tmp_path / "lobonet.onnx").touch()
    with pytest.warns(UserWarning, match=r"lobonet is the .* in this folder write ./lobonet.onnx"):
        assert info_path("lobonet") == shipped
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        Classifier("lobonet")
    assert len(caught) == 1
    # Nothing is unclear where the current folder is that of the shipped networks.
    monkeypatch.chdir(shipped.parent)
    assert info_path("lobonet") == shipped


def test_a_shipped_network_is_known_by_its_content() -> None:
    assert shipped_as(read_info("lobonet").sha256) == "lobonet"
    assert shipped_as("0" * 64) is None
    assert shipped_as(None) is None


def test_shipped_weights_are_small_enough_for_git() -> None:
    files = {path for name in names() for path in onnx_paths(name, read_info(name))}
    # About a byte a parameter; mien-b is there twice, in 8 bits too.
    assert sum(path.stat().st_size for path in files) <= 25e6


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mien-s.json").write_bytes(info_path("mien-s").read_bytes())
    shutil.copy(onnx_paths("lobonet", read_info("lobonet"))[0], tmp_path / "mien-s.onnx")
    with pytest.raises(NetError, match=r"mien-s\.onnx is not the network that the info of mien-s"):
        Classifier(tmp_path / "mien-s.onnx")


def test_a_member_with_other_classes_is_refused(both: Path) -> None:
    info = read_info(both)
    other = dataclasses.replace(info, classes=Vocabulary.named(info.classes.names[::-1]))
    with pytest.raises(NetError, match="member mine of both has other classes or another input"):
        onnx_paths(both, other)


@pytest.fixture
def both(tmp_path: Path) -> Path:
    """An ensemble of two networks: one beside it, under another name, and a shipped one."""
    first, second = read_info("mien-s"), read_info("lobonet")
    shutil.copy(onnx_paths("mien-s", first)[0], tmp_path / "mine.onnx")
    (tmp_path / "mine.json").write_text(dataclasses.replace(first, name="mine").to_json())
    members = {"mine": first.sha256, "lobonet": second.sha256}
    path = tmp_path / "both.json"
    path.write_text(dataclasses.replace(first, name="both", members=members).to_json())
    return path


def test_members_are_beside_the_info_or_shipped(both: Path) -> None:
    mine, lobonet = onnx_paths(both, read_info(both))
    assert mine == both.parent / "mine.onnx"
    assert lobonet == onnx_paths("lobonet", read_info("lobonet"))[0]


@pytest.mark.parametrize("members", [{"mine": "0" * 64}, {"both": "0" * 64}])
def test_another_member_than_the_one_scored_is_refused(
    both: Path, members: dict[str, str]
) -> None:
    info = dataclasses.replace(read_info(both), members=members)
    with pytest.raises(NetError, match="was made from another .* than the one on this machine"):
        onnx_paths(both, info)
    with pytest.raises(NetError, match="There is no network 'gone'"):
        onnx_paths(both, dataclasses.replace(info, members={"gone": ""}))


def test_the_folder_of_a_run_is_to_be_exported_first(tmp_path: Path) -> None:
    run = tmp_path / "lobonet"
    run.mkdir()
    (run / "run.json").touch()
    with pytest.raises(NetError, match="lobonet is the folder of a run") as caught:
        read_info(run)
    assert caught.value.fix == "Make a network of it with `mien export`, and name its ONNX file."


def test_an_ensemble_averages_probabilities(both: Path) -> None:
    faces = np.random.default_rng(0).integers(0, 256, (65, 48, 48), dtype=np.uint8)
    one, other = Classifier("mien-s").logits(faces), Classifier("lobonet").logits(faces)
    expected = (softmax(one) + softmax(other)) / 2
    np.testing.assert_allclose(softmax(Classifier(both).logits(faces)), expected, atol=1e-6)
    assert Classifier(both).logits(faces[:0]).shape == (0, 7)


def test_an_ensembles_map_is_that_of_the_agreeing_members(both: Path) -> None:
    # Blots, which networks see different things in.
    blots = np.random.default_rng(0).integers(0, 256, (200, 6, 6), dtype=np.uint8)
    faces = np.kron(blots, np.ones((1, 8, 8), np.uint8))
    nets = [Classifier("mien-s"), Classifier("lobonet")]
    named = Classifier(both).logits(faces).argmax(axis=1)
    agree = np.stack([net.logits(faces).argmax(axis=1) == named for net in nets])
    maps = Classifier(both).maps(faces)
    assert not agree.all()  # the test needs some that do not
    for face, agreeing in enumerate(agree.T):
        own_maps = [
            _pooled(net.maps(faces[face : face + 1])[0], maps.shape[1])
            for net, agrees in zip(nets, agreeing, strict=True)
            if agrees
        ]
        expected = np.mean(own_maps, axis=0) if own_maps else np.zeros(maps.shape[1:])
        np.testing.assert_allclose(maps[face], expected, atol=1e-4)
    assert Classifier(both).maps(faces[:0]).shape == (0, *maps.shape[1:])


def _pooled(fine: np.ndarray, side: int) -> np.ndarray:
    """Average square blocks, the other way round than the code does."""
    step = len(fine) // side
    return np.mean([fine[y::step, x::step] for y in range(step) for x in range(step)], axis=0)


# what is there, what is named, what may be meant
SIMILAR = [
    ([], "lobonte", "Did you mean 'lobonet'?"),
    (["mine.onnx"], "mine", "Did you mean 'mine.onnx'?"),
    (["duo.json"], "duo", "Did you mean 'duo.json'?"),
    ([], "nothing-like-it", ""),
]


@pytest.mark.parametrize(("files", "net", "answer"), SIMILAR)
def test_a_network_that_may_be_meant_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: list[str], net: str, answer: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in files:
        (tmp_path / name).touch()
    assert similar_network(net) == answer
    with pytest.raises(NetError, match=re.escape(f"network {net!r}. {answer}".strip())):
        info_path(net)
