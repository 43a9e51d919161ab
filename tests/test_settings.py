from pathlib import Path

import pytest
from pydantic import BaseModel

from mien.errors import SettingsError
from mien.settings import Section, Settings, TrainSettings, load


def test_defaults_are_the_study_s() -> None:
    train = load(environment=False).train
    assert (train.net, train.batch_size, train.patience) == ("lobonet", 32, 3)
    assert (train.flip, train.zoom, train.schedule) == (True, 0.1, "plateau")


def test_a_flag_beats_the_environment_beats_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('data = "a.zip"\n[train]\nepochs = 1\nseed = 1\nzoom = 0.2\n')
    monkeypatch.setenv("MIEN__TRAIN__SEED", "2")
    monkeypatch.setenv("MIEN__TRAIN__EPOCHS", "2")
    settings = load(config, data=None, train={"epochs": 3, "zoom": None})
    assert (settings.train.epochs, settings.train.seed, settings.train.zoom) == (3, 2, 0.2)
    assert settings.data == Path("a.zip")


# what stands in config.toml, what the message must hold
WRONG = [
    ('mode = "FER-trian"', "FER-train.*FER-evaluate.*FER-predict.*FER-describe"),
    ("epochs = 3", "no setting 'epochs'.*Known: mode, data"),
    ("[train]\nepoch = 3", r"'train.epoch'.*Known in \[train\]: net, out, name, epochs"),
    ("[evaluate]\njson_file = 'a'", r"Known in \[evaluate\]: net, split, json"),
    ("[train]\nepochs = 0", "'train.epochs' is 0"),
    ("[train]\nnet = 3", "'train.net' is 3"),
    ("[train]\nsubset = 1.5", "'train.subset' is 1.5"),
    ("[train", "Expected TOML in .*config.toml"),
]


@pytest.mark.parametrize(("content", "message"), WRONG)
def test_wrong_settings_are_explained(tmp_path: Path, content: str, message: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(content)
    with pytest.raises(SettingsError, match=message):
        load(config, environment=False)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml, found no such file"):
        load(tmp_path / "none.toml")


def test_data_is_asked_for() -> None:
    with pytest.raises(SettingsError, match="--data PATH"):
        load(environment=False).data_or_fail()


def test_every_setting_is_described() -> None:
    defaults = [field.default for field in Settings.model_fields.values()]
    sections = [type(default) for default in defaults if isinstance(default, BaseModel)]
    assert TrainSettings in sections
    for section in (Settings, *sections):
        for name, field in section.model_fields.items():
            if not isinstance(field.default, BaseModel):
                assert field.description, f"{section.__name__}.{name}"


def test_the_config_that_comes_with_mien_is_valid() -> None:
    config = Path(__file__).parents[1] / "config.toml"
    settings = load(config, environment=False)
    assert settings.mode == "FER-train"
    assert settings.train == TrainSettings()


def test_no_description_holds_what_the_help_takes_for_markup() -> None:
    sections = [field.default for field in Settings.model_fields.values()]
    described = [
        (name, str(field.description))
        for section in sections
        if isinstance(section, Section)
        for name, field in type(section).model_fields.items()
        if name != "space"  # a table of the TOML file, and no flag
    ]
    assert len(described) > 60
    assert [name for name, text in described if "[" in text] == []
