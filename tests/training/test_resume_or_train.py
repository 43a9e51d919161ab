from pathlib import Path
from typing import Any

import pytest

from mien.data import Samples
from mien.errors import TrainingError
from mien.settings import Settings, load
from mien.training import Run, trainer
from mien.training.fit import check_same, differing_settings, resume_or_train


def settings(out: Path, **changed: Any) -> Settings:
    defaults = {"net": "plain", "name": "a", "epochs": 1, "batch_size": 15}
    return load(environment=False, train={"out": out, **defaults, **changed})


def test_an_option_that_is_not_set_is_the_network_s_own(tmp_path: Path) -> None:
    run = Run.create(settings(tmp_path, net="lobonet"))

    def differing(**changed: Any) -> list[str]:
        return sorted(
            differing_settings(run, settings(tmp_path, net="lobonet", **changed).train)
        )

    assert differing(dropout=0.1, normalise=True) == []
    assert differing(layers=4, name="b") == []
    # The number format of a machine is not a setting of what is learnt.
    assert differing(precision="bfloat16") == []
    assert differing(normalise=False, layers=3, zoom=0.0) == ["layers", "normalise", "zoom"]


def test_a_finished_run_is_taken_as_it_is(
    samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = resume_or_train(settings(tmp_path), samples, lambda _: None)
    monkeypatch.setattr(trainer.lightning.Trainer, "fit", lambda *_: pytest.fail("trained"))
    assert resume_or_train(settings(tmp_path), samples, lambda _: None) == first
    with pytest.raises(TrainingError, match="a was trained with other settings: epochs. Choose"):
        resume_or_train(settings(tmp_path, epochs=2), samples)


def test_what_is_no_run_is_refused(samples: Samples, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(TrainingError, match="Expected a run with a config.toml in .*a, found none"):
        check_same(settings(tmp_path).train, samples)
