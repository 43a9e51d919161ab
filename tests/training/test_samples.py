import dataclasses
from pathlib import Path

import numpy as np
import pytest

from mien.data import Samples
from mien.errors import DataError, TrainingError
from mien.settings import TrainSettings, load
from mien.training.record import Validation
from mien.training.samples import TrainingSamples, prepare, training_samples

RGB = TrainSettings(image_size=32, colour="RGB")


def test_data_with_a_validation_split_validates_on_it(clouded: Samples) -> None:
    faces = prepare(TrainSettings(), clouded)
    assert faces.validation == Validation(split="public")
    assert str(faces.validation) == faces.validation.short_name == "PublicTest"
    assert faces.splits.tolist() == clouded.splits.tolist()
    own = dataclasses.replace(
        clouded, splits=np.where(clouded.splits == "public", "validation", "train")
    )
    faces = prepare(TrainSettings(), own)
    assert str(faces.validation) == "the data's validation split"
    assert len(faces.split("validation")) == 35


def test_data_without_one_validates_on_15_percent_of_each_class(awake: Samples) -> None:
    faces = prepare(RGB, awake)
    # 15% of 30 is 4.5, of which either neighbour is as near.
    assert set(faces.split("validation").counts().values()) <= {4, 5}
    assert len(faces.split("train")) + len(faces.split("validation")) == 90
    assert str(faces.validation) == "15% of Training, seed 0"
    assert faces.validation.short_name == "validation"
    assert faces.sha256 == awake.sha256


def test_a_share_leaves_the_data_s_own_validation_split_for_measuring(clouded: Samples) -> None:
    faces = prepare(TrainSettings(validation=0.2), clouded)
    assert faces.split("validation").counts() == dict.fromkeys(clouded.counts(), 3)
    assert set(faces.split("validation").names) <= set(clouded.split("train").names)
    assert faces.split("test").names.tolist() == clouded.split("public").names.tolist()
    assert str(faces.validation) == "20% of Training, seed 0"


def test_the_draw_does_not_follow_the_training_s_seed(awake: Samples) -> None:
    first, other = (prepare(RGB.model_copy(update={"seed": seed}), awake) for seed in (0, 1))
    assert first.splits.tolist() == other.splits.tolist()


def test_prepared_faces_are_not_divided_again(awake: Samples) -> None:
    faces = prepare(RGB.model_copy(update={"validation": 0.3}), awake)
    assert prepare(RGB.model_copy(update={"validation": 0.3}), faces) is faces
    assert isinstance(faces[:50], TrainingSamples)


def test_test_faces_alone_are_refused(clouded: Samples) -> None:
    rest = dataclasses.replace(clouded, splits=np.full(140, "test"))
    for settings in (TrainSettings(), TrainSettings(validation=0.1)):
        with pytest.raises(DataError, match="no split 'train'"):
            prepare(settings, rest)


def test_faces_of_another_shape_are_refused(awake: Samples, samples: Samples) -> None:
    with pytest.raises(TrainingError, match=r"faces of 48 x 48 gray.*got .*\[32, 32, 3\]"):
        prepare(TrainSettings(), awake)
    with pytest.raises(TrainingError, match=r"faces of 32 x 32 RGB.*got .*\[48, 48\]"):
        prepare(RGB, samples)


def test_reading_crops_excludes_and_divides_the_same_way_each_time(
    clouded_zip: Path, clouded: Samples, tmp_path: Path
) -> None:
    train = {"image_size": 64, "colour": "RGB", "validation": 0.2}
    settings = load(environment=False, data=clouded_zip, train=train)
    faces, again = training_samples(settings), training_samples(settings, clouded_zip)
    assert faces.images.shape == (140, 64, 64, 3)
    assert faces.splits.tolist() == again.splits.tolist()
    assert sorted(set(faces.splits.tolist())) == ["test", "train", "validation"]
    listed = tmp_path / "listed.csv"
    listed.write_text(f"name\n{faces.split('train').names[0]}\n")
    fewer = load(environment=False, data=clouded_zip, train=train | {"exclude": listed})
    left = training_samples(fewer)
    assert len(left) == 139
    assert faces.left_out == ""
    assert left.left_out == "1 face of Training was left out, as listed.csv lists it."
    assert left[:20].left_out == left.left_out


def test_a_class_that_only_the_test_faces_have_is_named(clouded: Samples) -> None:
    faces = prepare(TrainSettings(), clouded)
    assert faces.about_missing_classes() == ""
    rows = (faces.labels > 1) | (faces.splits != "train")
    fewer = faces[rows]
    assert isinstance(fewer, TrainingSamples)
    assert fewer.about_missing_classes() == (
        "angry and disgust have no Training face, so the network cannot learn them."
    )
    # What the data does not have at all is nobody's concern.
    fewer = faces[faces.labels > 0]
    assert isinstance(fewer, TrainingSamples)
    assert fewer.about_missing_classes() == ""
