from pathlib import Path

import pytest
from pydantic import BaseModel

from mien.errors import SettingsError
from mien.settings import Section, Settings, TrainSettings, load
from mien.settings.renamed import KEYS


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


# what config.toml holds, what the message must hold
WRONG = [
    ('mode = "FER-trian"', "FER-evaluate.*FER-predict.*Did you mean 'FER-train'?"),
    ("epochs = 3", "Unknown setting 'epochs'. Did you mean 'train.epochs' or 'study.epochs'?"),
    ("dada = 'x.zip'", "Unknown setting 'dada'. Did you mean 'data'?"),
    ("colour_of_hair = 3", "Unknown setting 'colour_of_hair'. Known: mode, data, skip_bad"),
    ("[train]\nepoch = 3", "'train.epoch'. Did you mean 'epochs'?"),
    ("[train]\nhair = 3", r"'train.hair'. Known in \[train\]: net, out, name, validation"),
    ("[train]\nmax_megapixels = 3", "Did you mean 'batch.max_megapixels'?"),
    ("[trian]\nepochs = 3", "Unknown setting 'trian'. Did you mean 'train'?"),
    ("[evaluate]\njson_file = 'a'", r"Known in \[evaluate\]: net, split, json"),
    ("[train]\nepochs = 0", "'train.epochs' is 0: it should be .* in the call or in the TOML"),
    ("[train]\ncolour = 'grey'", "it should be 'gray' or 'RGB'. Did you mean 'gray'?"),
    ("[train]\nprecision = 'bf16'", "Did you mean 'bfloat16'?"),
    ("[evaluate]\nsplit = 'trian'", "Did you mean 'train'?"),
    ("[train]\nnet = 3", "'train.net' is 3"),
    ("[train]\nsubset = 1.5", "'train.subset' is 1.5"),
    ("data = ''", "Setting 'data' is '': Expected a path"),
    ("[report]\ntitle = ''", "'report.title' is '': it should have at least 1 character."),
    ("[train", "config.toml is not valid TOML"),
    ("[train]\nepochs = " + "9" * 5000, "config.toml is not valid TOML: Exceeds the limit"),
    ("a = " + "[" * 5000, "config.toml is not valid TOML: maximum recursion depth"),
]


@pytest.mark.parametrize(("content", "message"), WRONG)
def test_wrong_settings_are_explained(tmp_path: Path, content: str, message: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(content)
    with pytest.raises(SettingsError, match=message):
        load(config, environment=False)


# an old setting, what the message must hold
RENAMED = [
    ("train.start", "'train.start' is now called 'train.init_from'"),
    ("train.balance", "'train.balance' is now called 'train.logit_adjustment'"),
    ("train.average", "'train.average' is now called 'train.ema_decay'"),
    ("train.votes", "'train.votes' is now called 'train.ferplus'"),
    ("train.vote_weight", "'train.vote_weight' is now called 'train.ferplus_weight'"),
    ("train.teacher_weight", "'train.teacher_weight' is now called 'train.distill_weight'"),
    ("train.teacher_temperature", "is now called 'train.distill_temperature'"),
    ("evaluate.mirror", "'evaluate.mirror' is now called 'evaluate.flip_tta'"),
    ("evaluate.sets", "'evaluate.sets' is now called 'evaluate.coverage'"),
    ("detect.mirror", "'detect.mirror' is now called 'detect.flip_tta'"),
    ("predict.net", r"now called (\[detect\]|'detect.net'). Use"),
    ("predict.sets", "'predict.sets' is now called 'detect.coverage'"),
]


@pytest.mark.parametrize(("name", "message"), RENAMED)
def test_an_old_name_is_refused_with_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    section, key = name.split(".")
    config = tmp_path / "config.toml"
    config.write_text(f"[{section}]\n{key} = 0.5\n")
    with pytest.raises(SettingsError, match=message):
        load(config, environment=False)
    with pytest.raises(SettingsError, match=message):
        load(environment=False, **{section: {key: 0.5}})
    monkeypatch.setenv(f"MIEN__{section}__{key}".upper(), "0.5")
    with pytest.raises(SettingsError, match=message):
        load()


def test_new_names_exist() -> None:
    for name, keys in KEYS.items():
        section = getattr(Settings(), name.removesuffix(".space").replace("tune", "train"))
        assert set(keys.values()) <= set(type(section).model_fields), name
        assert not set(keys) & set(type(section).model_fields), name


def test_a_variable_of_no_section_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN__TRIAN__EPOCHS", "3")
    with pytest.raises(SettingsError, match="'trian.epochs'. Did you mean 'train.epochs'"):
        load()
    assert load(environment=False).train.epochs == 60


# a variable, its value, what the message must hold
VARIABLES = [
    ("MIEN__TRAIN__EPOCHZ", "3", "Did you mean 'epochs'.? It comes from the environment variable"),
    ("MIEN__TRIAN__EPOCHS", "3", "It comes from the environment variable MIEN__TRIAN__EPOCHS."),
    ("MIEN__TRAIN__EPOCHS", "x", "Correct the environment variable MIEN__TRAIN__EPOCHS."),
    ("MIEN_TRAIN_EPOCHS", "3", "Unknown .* variable .*Did you mean 'MIEN__TRAIN__EPOCHS'?"),
    ("MIEN_CASHE", "x", "Unknown environment variable MIEN_CASHE. Did you mean 'MIEN_CACHE'"),
]


@pytest.mark.parametrize(("name", "value", "message"), VARIABLES)
def test_a_misspelt_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=message):
        load()


def test_variables_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN_FAVOURITE_DISH", "noodles")
    monkeypatch.setenv("MIEN_DATA", "here")
    assert load().train.epochs == 60


def test_the_setting_of_an_error_is_its_field() -> None:
    with pytest.raises(SettingsError) as caught:
        load(environment=False, evaluate={"json": 3.5})
    assert caught.value.setting == "json_file"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml does not exist"):
        load(tmp_path / "none.toml")


def test_a_folder_is_no_file_of_settings(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"{tmp_path} is a folder"):
        load(tmp_path)


def test_data_is_asked_for() -> None:
    with pytest.raises(SettingsError, match='data = "PATH"') as caught:
        load(environment=False).data_or_fail()
    assert caught.value.setting == "data"


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
