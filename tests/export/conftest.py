"""Runs with random weights, as a training would leave them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from mien import nets
from mien.settings import Settings, TrainSettings
from mien.training import Run, training_samples
from mien.training.record import BestEpoch, RunRecord, TrainedOn

MakeRun = Callable[..., Run]


@pytest.fixture(scope="session")
def own_faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 20 noisy pictures each of awake and tired."""
    folder = tmp_path_factory.mktemp("own") / "faces"
    random = np.random.default_rng(0)
    for name, level in (("awake", 60), ("tired", 180)):
        (folder / "train" / name).mkdir(parents=True)
        for number in range(20):
            pixels = random.normal(level, 40, (40, 40, 3)).clip(0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / "train" / name / f"{number}.png")
    return folder


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Make a finished run whose weights are random, without training it."""

    def make(
        data: Path,
        net: str = "plain-bn",
        seed: int = 0,
        skip_bad: bool = False,
        **values: object,
    ) -> Run:
        values |= {"net": net, "out": tmp_path / "runs", "seed": seed}
        train = TrainSettings.model_validate(values)
        settings = Settings(data=data, skip_bad=skip_bad, train=train)
        run, samples = Run.create(settings), training_samples(settings)
        recipe = settings.train.model_dump(mode="json", exclude={"out", "name"})
        spec, classes = settings.train.input_spec, samples.vocabulary
        torch.manual_seed(seed)
        network = nets.build(net, recipe, spec=spec, classes=len(classes))
        save_file(network.state_dict(), run.best)
        record = RunRecord(
            architecture=net,
            parameters=nets.parameters(network),
            macs=nets.macs(network, spec),
            classes=classes.to_list(),
            input=spec.to_dict(),
            data=TrainedOn(
                name="FER-2013" if samples.validation.split == "public" else data.name,
                sha256=samples.sha256,
                train=samples.split("train").counts(),
                validation=samples.split("validation").counts(),
            ),
            recipe=recipe,
            seeds=[seed],
            selection=f"{samples.validation}: the last epoch",
            validation=samples.validation,
            best=BestEpoch(epoch=1, val_loss=1.0, val_accuracy=0.5),
        )
        run.record_file.write_text(record.to_json(), encoding="utf-8")
        return run

    return make
