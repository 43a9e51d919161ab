from pathlib import Path

import pytest

from mien import nets
from mien.errors import SettingsError
from mien.models import read_info
from mien.settings import StudySettings, TrainSettings
from mien.study import plan


def test_the_study_s_networks_are_trained_by_its_own_settings() -> None:
    planned = plan.plan_models(StudySettings())
    names = ["plain", "plain-bn", "plain-bn-dropout", "lobonet", "lobonet-tuned"]
    assert [each.model.name for each in planned] == names
    for each in planned[:4]:
        own = TrainSettings(net=each.model.name, name=each.model.name, out=Path("study/runs"))
        assert each.settings == own
        assert nets.entry(each.settings.net)
    reported = [each.model.reported for each in planned]
    assert [each and each.test for each in reported] == [0.59, 0.57, None, 0.63, None]


def test_the_tuned_lobonet_is_the_shipped_one_s() -> None:
    tuned, recipe = plan.plan_models(StudySettings())[-1].settings, read_info("lobonet").recipe
    for name in ("batch_size", "learning_rate", "schedule", "rotation", "monitor", "epochs"):
        assert getattr(tuned, name) == recipe[name]
    assert (tuned.name, tuned.net, tuned.subset) == ("lobonet-tuned", "lobonet", 1.0)


def test_a_quick_pass_shortens_all(tmp_path: Path) -> None:
    best = tmp_path / "best.toml"
    best.write_text('[train]\nepochs = 40\nzoom = 0.2\nout = "elsewhere"\nname = "trial-3"\n')
    wanted = StudySettings(out=tmp_path, subset=0.1, epochs=3, tuned=best)
    planned = [each.settings for each in plan.plan_models(wanted)]
    assert {(each.subset, each.epochs, each.out) for each in planned} == {
        (0.1, 3, tmp_path / "runs")
    }
    assert (planned[-1].zoom, planned[-1].name) == (0.2, "lobonet-tuned")
    assert plan.plan_models(StudySettings(tuned=best))[-1].settings.epochs == 40


WRONG = [
    ('[train]\nnet = "mien-s"', "settings for lobonet in .*best.toml, got settings for mien-s"),
    ('[train]\nferplus = "v.csv"', "use ferplus, which a study does not support"),
    ("[train]\nzooom = 1", "Unknown setting 'train.zooom'"),
]


@pytest.mark.parametrize(("content", "message"), WRONG)
def test_other_settings_are_refused(tmp_path: Path, content: str, message: str) -> None:
    best = tmp_path / "best.toml"
    best.write_text(content)
    with pytest.raises(SettingsError, match=message):
        plan.plan_models(StudySettings(tuned=best))
