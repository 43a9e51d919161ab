"""The one schema behind config.toml, the environment and the command line's flags.

A value comes from the first of these that has it: a flag, an environment variable
(``MIEN__TRAIN__EPOCHS=5``), the TOML file, the default below.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from mien.errors import SettingsError
from mien.weights import DEFAULT

Mode = Literal["FER-train", "FER-evaluate", "FER-predict", "FER-describe", "FER-study", "FER-tune"]
"""What ``python main.py`` can be asked to do."""

PREFIX = "MIEN__"
"""Begins the environment variables that are settings; MIEN_CACHE and MIEN_DATA are none."""

SplitName = Literal["train", "public", "private", "test", "all"]

Ablation = Literal["normalise", "dropout", "augmentation", "batch-size", "layers", "all"]
"""What `mien study --ablate` can change."""

_Unit = Annotated[float, Field(ge=0, le=1)]


def _levels(text: str) -> tuple[float, ...]:
    """Read numbers between commas; a ValueError says that they are none."""
    levels = tuple(float(part) for part in text.split(","))
    if not all(0 < level < 1 for level in levels):
        raise ValueError(text)
    return levels


def _one_text(value: object) -> object:
    """Write a TOML file's list or number as the flag would be written."""
    if isinstance(value, list | tuple):
        return ",".join(str(part) for part in value)
    return str(value) if isinstance(value, int | float) else value


def _check_levels(text: str) -> str:
    """Refuse a text that `_levels` cannot read."""
    try:
        _levels(text)
    except ValueError as error:
        raise PydanticCustomError(
            "levels", "Expected numbers between 0 and 1 such as 0.8,0.9,0.95"
        ) from error
    return text


_List = Annotated[str, BeforeValidator(_one_text)]
_Levels = Annotated[_List, AfterValidator(_check_levels)]


class Section(BaseModel):
    """A part of the settings that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TrainSettings(Section):
    """How a network is trained."""

    net: str = Field("lobonet", description="Network to train; `mien nets` lists them.")
    out: Path = Field(Path("runs"), description="Folder that run folders are made in.")
    name: str | None = Field(None, description="Name of the run folder; the net's name if unset.")
    epochs: int = Field(60, ge=1, description="Most epochs to train.")
    batch_size: int = Field(
        32, ge=2, description="Faces a step; memory grows with it, so lower it when memory is out."
    )
    learning_rate: float = Field(1e-3, gt=0, le=1, description="Learning rate of Adam, its peak.")
    weight_decay: float = Field(0.0, ge=0, le=1, description="Decoupled weight decay (AdamW).")
    schedule: Literal["plateau", "one-cycle"] = Field(
        "plateau",
        description="Learning rate: reduced when validation loss stalls, or warmed up and down.",
    )
    patience: int = Field(
        3, ge=0, description="Epochs without a lower validation loss that end it; 0 never ends."
    )
    plateau_patience: int = Field(
        1, ge=0, description="Epochs without a lower validation loss before the rate is reduced."
    )
    plateau_factor: float = Field(0.5, gt=0, lt=1, description="What the rate is reduced by.")
    layers: Annotated[int, Field(ge=1, le=8)] | None = Field(
        None, description="Number of convolutions; the network's own if unset, as the next four."
    )
    width: Annotated[int, Field(ge=8, le=512, multiple_of=8)] | None = Field(
        None, description="Channels of the first convolution; later ones have more."
    )
    dense: Annotated[int, Field(ge=8, le=4096)] | None = Field(
        None, description="Width of the first dense layer."
    )
    normalise: bool | None = Field(None, description="Normalise each layer over the batch.")
    dropout: Annotated[float, Field(ge=0, lt=1)] | None = Field(
        None, description="Share of values dropped; mien's own networks drop the dense layers'."
    )
    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="Share of the target spread over all classes."
    )
    votes: Path | None = Field(
        None, description="FER+'s fer2013new.csv; its votes are then learnt beside the labels."
    )
    vote_weight: float = Field(
        0.5, ge=0, description="Weight of the votes' loss beside the labels' loss."
    )
    start: Path | None = Field(
        None, description="Run folder of a network, as wide and deep, whose weights to begin with."
    )
    teacher: Path | None = Field(
        None,
        description="Run folder of a network to learn from too, or a folder of several runs.",
    )
    teacher_weight: float = Field(
        0.5, ge=0, le=1, description="Weight of the teacher's answers; the labels have the rest."
    )
    teacher_temperature: float = Field(
        2.0, gt=0, le=20, description="What makes the teacher's answers softer, if above 1."
    )
    balance: float = Field(
        0.0, ge=0, le=1, description="Favour rare classes: 0 not at all, 1 as if all were as many."
    )
    average: float = Field(
        0.0, ge=0, lt=1, description="Keep a moving average of the weights, such as 0.998; 0 none."
    )
    flip: bool = Field(True, description="Mirror half of the faces.")
    zoom: float = Field(0.1, ge=0, lt=1, description="Zoom in or out by up to this share.")
    rotation: float = Field(0.0, ge=0, le=180, description="Turn by up to this many degrees.")
    shift: float = Field(0.0, ge=0, lt=1, description="Shift by up to this share of the side.")
    contrast: float = Field(0.0, ge=0, lt=1, description="Change contrast by up to this share.")
    brightness: float = Field(
        0.0, ge=0, lt=1, description="Lighten or darken by up to this share of white."
    )
    erase: float = Field(
        0.0, ge=0, le=1, description="Share of faces of which a random rectangle is painted over."
    )
    monitor: Literal["val_loss", "val_accuracy"] = Field(
        "val_loss", description="What makes an epoch the best, whose weights are kept."
    )
    exclude: Path | None = Field(
        None, description="CSV of Training faces to leave out, such as audit.csv."
    )
    subset: float = Field(
        1.0, gt=0, le=1, description="Share of the Training faces to use, the same of each class."
    )
    seed: int = Field(0, ge=0, description="Seed of weights, order, dropout and augmentation.")
    precision: Literal["float32", "bfloat16"] | None = Field(
        None,
        description="Numbers to multiply with; bfloat16 on a GPU and float32 else if unset. A CPU"
        " with AVX512-BF16 or AMX is nearly twice as fast in bfloat16, others are slower.",
    )
    devices: int = Field(
        1, ge=1, description="Processes on a machine, each with a GPU if there are; each takes a"
        " batch of its own, so that a step learns from as many batches."
    )
    nodes: int = Field(1, ge=1, description="Machines; start each by torchrun.")
    compile: bool | None = Field(
        None, description="Use torch.compile; where it makes this net faster if unset."
    )


class EvaluateSettings(Section):
    """How a network is measured."""

    net: str = Field(DEFAULT, description="Shipped network's name, an ONNX file, a card, or `all`.")
    split: SplitName | None = Field(
        None, description="Split to score; test if unset, or all where the data has no splits."
    )
    json_file: Path | None = Field(None, alias="json", description="File to write the scores to.")
    against: Path | None = Field(
        None, description="Training data; scores are also given without its identical twins."
    )
    exclude: Path | None = Field(
        None, description="CSV of faces to leave out, such as audit.csv."
    )
    mirror: bool = Field(
        False, description="Read each face mirrored too, and average; takes twice the time."
    )
    detect: bool = Field(False, description="Find and crop the faces first, as on a photo.")
    votes: Path | None = Field(
        None, description="FER+'s fer2013new.csv; the votes of its ten taggers are scored against."
    )
    groups: Path | None = Field(
        None, description="CSV with the column file and others; scores are given by their groups."
    )
    predictions: Path | None = Field(
        None, description="Parquet file for what was said of each face, as mien compare needs it."
    )
    target_accuracy: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="Find the confidence from which on answers are this accurate."
    )
    sets: _Levels | None = Field(
        None,
        description="Coverages such as 0.8,0.9 for which sets of expressions are measured.",
    )
    corrupt: _List | None = Field(
        None, description="Score spoilt faces too: `all`, or corruptions such as noise,blur."
    )
    severities: _List = Field("1,2,3,4,5", description="Severities to spoil by, 1 to 5.")
    corrupt_seed: int = Field(0, ge=0, description="Seed of the corruptions.")
    figure: Path | None = Field(None, description="PNG for the heat map of the spoilt faces.")

    @property
    def levels(self) -> tuple[float, ...]:
        """The coverages in ``sets``."""
        return () if self.sets is None else _levels(self.sets)


class PredictSettings(Section):
    """How pictures are read."""

    sources: tuple[str, ...] = Field((), description="Photos, folders or globs to read.")
    net: str = Field(DEFAULT, description="Shipped network's name, an ONNX file, or a card.")
    out: Path | None = Field(
        None, description="Folder for the annotated pictures; beside each photo if unset."
    )
    json_file: str | None = Field(
        None, alias="json", description="File for the faces as JSON; `-` prints them."
    )
    csv_file: Path | None = Field(None, alias="csv", description="File for the faces as CSV.")
    annotate: bool = Field(True, description="Write a copy of each picture with its faces drawn.")
    explain: bool = Field(
        False, description="Draw on the copy where on each face its expression was read from."
    )
    sheet: Path | None = Field(
        None,
        description="PNG for a contact sheet: each face, its emoji and the seven probabilities;"
        " after 60 faces it goes on in another, with a number in its name.",
    )
    truth: Path | None = Field(
        None,
        description="CSV or JSON that gives the true expression of each file; a folder called"
        " after a class does so too. Counts right and wrong.",
    )
    min_confidence: _Unit = Field(0.0, description="Below this a face is shown as unsure.")
    sets: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None,
        description="Show sets such as `sad or neutral`, of which this share, say 0.9, holds the"
        " true expression: over many faces like PublicTest's crops, not for each face, and not"
        " for other pictures.",
    )
    mirror: bool = Field(
        False, description="Read each face mirrored too, and average; takes the network twice."
    )
    max_megapixels: float = Field(64.0, gt=0, description="Refuse larger pictures.")


class DescribeSettings(Section):
    """How a data set is described."""

    out: Path = Field(Path("describe"), description="Folder for the figures and counts.json.")


class AuditSettings(Section):
    """How a data set is audited."""

    votes: Path | None = Field(
        None, description="FER+ votes (fer2013new.csv); labels are then checked against them."
    )
    out: Path = Field(Path("audit"), description="Folder for audit.csv, audit.json, audit.html.")
    folds: Annotated[int, Field(ge=2, le=20)] | None = Field(
        None,
        description="Find likely label errors with as many networks, say 5, each trained on the"
        " other folds by the section train of --config; finished ones in --out are used again.",
    )
    probabilities: Path | None = Field(
        None,
        description="Find likely label errors with this Parquet file of out-of-fold predictions.",
    )


class StudySettings(Section):
    """How the study is repeated."""

    out: Path = Field(Path("study"), description="Folder for the runs, figures, numbers and page.")
    subset: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="Share of the Training faces; all if unset, and 0.1 with --ablate."
    )
    epochs: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Most epochs of each network; its own if unset, and 12 with --ablate."
    )
    tuned: Path | None = Field(
        None,
        description="TOML with the tuned lobonet's settings, such as the best.toml of mien tune;"
        " the shipped lobonet's if unset.",
    )
    faces: bool = Field(True, description="Show sample faces; a page to publish should not.")
    ablate: Ablation | None = Field(
        None, description="Change one thing of lobonet at a time instead; `all` takes them all."
    )
    seeds: int = Field(3, ge=1, le=10, description="Trainings of each value with --ablate.")
    precision: Literal["float32", "bfloat16"] | None = Field(
        None, description="Numbers to multiply with, as of mien train; what is done stays so."
    )


class TuneFlags(Section):
    """How a network's settings are searched, as far as flags can say it."""

    trials: int = Field(
        50, ge=1, description="Trials to finish in all, those of earlier and other commands too."
    )
    out: Path | None = Field(
        None, description="Folder for trials, figures and best.toml; runs/tuning-NAME if unset."
    )
    name: str | None = Field(
        None, min_length=1, max_length=100, description="Name of the tuning; the net's if unset."
    )
    storage: str | None = Field(
        None,
        description="Database of the trials: postgresql+psycopg://USER:PASSWORD@HOST/DATABASE is"
        " shared by many machines; a file in --out if unset.",
    )
    seed: int = Field(0, ge=0, lt=2**32, description="Seed of the search, not of the networks.")
    startup: int = Field(
        10, ge=1, description="Trials drawn at random, before the search learns from them."
    )
    warm_up: int = Field(
        5, ge=1, description="First epoch after which a hopeless trial may be ended."
    )
    keep: bool = Field(False, description="Keep the weights of each trial's best epoch.")
    heartbeat: int = Field(
        60,
        ge=1,
        le=3600,
        description="Seconds between signs of life in a shared storage; after three without one"
        " another worker runs the trial again.",
    )


class TuneSettings(TuneFlags):
    """How a network's settings are searched."""

    space: dict[str, Any] = Field(
        {},
        description="Ranges by setting, such as {low = 0, high = 0.4} or [32, 64], in place of the"
        " network's own.",
    )


class ReportSettings(Section):
    """How a report is written."""

    out: Path = Field(Path("report.html"), description="File for the page.")
    title: str | None = Field(None, min_length=1, description="Title of the page.")


class Settings(Section):
    """Everything that config.toml may hold."""

    mode: Mode = Field("FER-train", description="What python main.py does.")
    data: Path | None = Field(None, description="FER-2013: zip, folder, CSV or Parquet.")
    skip_bad: bool = Field(False, description="Leave bad pictures out, and say how many.")
    weights_url: str | None = Field(
        None, description="URL of a folder that large networks are fetched from when asked for."
    )
    train: TrainSettings = TrainSettings()
    evaluate: EvaluateSettings = EvaluateSettings()
    predict: PredictSettings = PredictSettings()
    describe: DescribeSettings = DescribeSettings()
    audit: AuditSettings = AuditSettings()
    study: StudySettings = StudySettings()
    tune: TuneSettings = TuneSettings()
    report: ReportSettings = ReportSettings()

    def data_or_fail(self) -> Path:
        """Give the data's path.

        Raises
        ------
        SettingsError
            If no data was named.
        """
        if self.data is None:
            raise SettingsError(
                "No data set was named.",
                "Name FER-2013 with --data PATH, or with data = \"PATH\" in config.toml.",
            )
        return self.data


def load(config: Path | None = None, *, environment: bool = True, **flags: Any) -> Settings:
    """Fill the settings from flags, environment and TOML file.

    Parameters
    ----------
    config
        TOML file; None reads none.
    environment
        Whether environment variables count.
    **flags
        Values by key, sections as dictionaries; those that are None do not count.

    Raises
    ------
    SettingsError
        If the file is missing or is not TOML, a key is unknown, or a value is out of range.
    """
    # Costs 0.2 s that `mien --help` does not need.
    import tomllib

    from pydantic_settings import (
        BaseSettings,
        PydanticBaseSettingsSource,
        SettingsConfigDict,
        TomlConfigSettingsSource,
    )

    class Source(Settings, BaseSettings):
        """`Settings`, filled from outside."""

        model_config = SettingsConfigDict(
            extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__"
        )

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            file = TomlConfigSettingsSource(settings_cls, config)
            return (init_settings, env_settings, file) if environment else (init_settings, file)

    if config is not None and not config.is_file():
        raise SettingsError(
            f"Expected settings in {config}, found no such file.",
            "Name a TOML file such as the config.toml that comes with mien.",
        )
    try:
        return Source(**_given(flags))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"Expected TOML in {config}, got something else: {error}.",
            "Compare it with the config.toml that comes with mien.",
        ) from error
    except ValidationError as error:
        raise SettingsError(_explain(error), _right_ones(error)) from error


def _given(flags: dict[str, Any]) -> dict[str, Any]:
    """Drop what is None, in sections too."""
    return {
        key: _given(value) if isinstance(value, dict) else value
        for key, value in flags.items()
        if value is not None
    }


def _explain(error: ValidationError) -> str:
    """Say in a sentence each what was wrong with which key."""
    parts = []
    for detail in error.errors():
        key = ".".join(str(part) for part in detail["loc"])
        if detail["type"] == "extra_forbidden":
            parts.append(f"There is no setting {key!r}.")
        else:
            parts.append(f"Setting {key!r} is {detail['input']!r}: {detail['msg']}.")
    return " ".join(parts)


def _right_ones(error: ValidationError) -> str:
    """Name the keys of each section in which an unknown one stood."""
    unknown = {d["loc"][:-1] for d in error.errors() if d["type"] == "extra_forbidden"}
    if not unknown:
        return "Mend the value in config.toml, in the flag or in the MIEN__... variable."
    parts = []
    for place in sorted(unknown, key=str):
        model: type[BaseModel] = Settings
        for part in place:
            model = type(model.model_fields[str(part)].default)
        keys = [field.alias or name for name, field in model.model_fields.items()]
        where = ".".join(str(part) for part in place)
        parts.append(f"Known{f' in [{where}]' if where else ''}: {', '.join(keys)}.")
    return " ".join(parts)
