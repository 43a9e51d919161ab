"""How networks are trained: section [train]."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from mien.models.info import FER2013_INPUT, InputSpec
from mien.settings.base import Section

RENAMED: Mapping[str, str] = {
    "start": "init_from",
    "balance": "logit_adjustment",
    "average": "ema_decay",
    "votes": "ferplus",
    "vote_weight": "ferplus_weight",
    "teacher_weight": "distill_weight",
    "teacher_temperature": "distill_temperature",
}
"""What settings of [train] were called before, and what they are called now."""


def upgraded_names(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Return training settings under the names of this version.

    Parameters
    ----------
    recipe
        Values by the name of their setting, old or new, as a run folder or a network's info
        holds them; other keys stay as they are.
    """
    return {RENAMED.get(name, name): value for name, value in recipe.items()}


class TrainSettings(Section):
    """How a network is trained."""

    HEADINGS: ClassVar[Mapping[str, str]] = {
        "net": "The run",
        "validation": "Data",
        "image_size": "Network",
        "epochs": "Learning",
        "layers": "Network",
        "label_smoothing": "Loss",
        "init_from": "Earlier runs",
        "logit_adjustment": "Loss",
        "ema_decay": "Learning",
        "flip": "Augmentation",
        "monitor": "Learning",
        "exclude": "Data",
        "seed": "Computation",
    }

    net: str = Field("lobonet", description="Network to train; `mien nets` lists them.")
    out: Path = Field(Path("runs"), description="Folder for run folders.")
    name: str | None = Field(
        None, description="Name of the run folder; the name of the network if unset."
    )
    validation: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None,
        description="Share of the Training faces to validate on instead of learning from them,"
        " such as 0.15. If unset, the data's own validation split is used, or 0.15 if it has none.",
    )
    image_size: int = Field(
        FER2013_INPUT.height,
        ge=32,
        le=512,
        multiple_of=16,
        description="Height and width of the face crops in pixels, a multiple of 16.",
    )
    colour: Literal["gray", "RGB"] = Field(
        FER2013_INPUT.colour, description="Whether the face crops are gray or in colour."
    )
    epochs: int = Field(60, ge=1, description="Maximum number of epochs.")
    batch_size: int = Field(
        32, ge=2, description="Faces per step. If you run out of memory, lower it."
    )
    learning_rate: float = Field(1e-3, gt=0, le=1, description="Peak learning rate of Adam.")
    weight_decay: float = Field(0.0, ge=0, le=1, description="Decoupled weight decay (AdamW).")
    schedule: Literal["plateau", "one-cycle"] = Field(
        "plateau",
        description="Learning rate schedule: reduce it when the validation loss stalls, or warm it"
        " up once and anneal it.",
    )
    patience: int = Field(
        3,
        ge=0,
        description="Stop early after this many epochs without a lower validation loss; 0 never"
        " stops early.",
    )
    plateau_patience: int = Field(
        1,
        ge=0,
        description="Epochs without a lower validation loss before the learning rate is reduced.",
    )
    plateau_factor: float = Field(
        0.5, gt=0, lt=1, description="Factor by which the learning rate is reduced on a plateau."
    )
    layers: Annotated[int, Field(ge=1, le=8)] | None = Field(
        None, description="Number of convolutions; the network's default if unset."
    )
    width: Annotated[int, Field(ge=8, le=512, multiple_of=8)] | None = Field(
        None,
        description="Channels of the first convolution, from which the later ones grow; the"
        " network's default if unset.",
    )
    dense: Annotated[int, Field(ge=8, le=4096)] | None = Field(
        None, description="Width of the first dense layer; the network's default if unset."
    )
    normalise: bool | None = Field(
        None, description="Use batch normalisation; the network's default if unset."
    )
    dropout: Annotated[float, Field(ge=0, lt=1)] | None = Field(
        None,
        description="Dropout rate, in mien's own networks that of the dense layers; the network's"
        " default if unset.",
    )
    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="Share of the target that is spread over all classes."
    )
    ferplus: Path | None = Field(
        None, description="FER+'s fer2013new.csv, whose votes are learnt along with the labels."
    )
    ferplus_weight: float = Field(
        0.5, ge=0, description="Weight of the loss on FER+'s votes, added to the labels' loss."
    )
    init_from: Path | None = Field(
        None,
        description="Run folder that provides the initial weights; its network must have the same"
        " architecture and size.",
    )
    teacher: Path | None = Field(
        None,
        description="Run folder of a teacher to distill from, or a folder of several runs as an"
        " ensemble of teachers.",
    )
    distill_weight: float = Field(
        0.5, ge=0, le=1, description="Weight of the teacher's loss; the labels' is one minus it."
    )
    distill_temperature: float = Field(
        2.0, gt=0, le=20, description="Temperature of the distillation; above 1 softens."
    )
    logit_adjustment: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Favour rare classes by logit adjustment: 0 is off, 1 corrects for the class"
        " frequencies in full.",
    )
    ema_decay: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Keep an exponential moving average of the weights with this decay, such as"
        " 0.998; 0 is off.",
    )
    flip: bool = Field(True, description="Mirror half of the faces.")
    zoom: float = Field(0.1, ge=0, lt=1, description="Zoom in or out by up to this share.")
    rotation: float = Field(0.0, ge=0, le=180, description="Rotate by up to this many degrees.")
    shift: float = Field(0.0, ge=0, lt=1, description="Shift by up to this share of the side.")
    contrast: float = Field(0.0, ge=0, lt=1, description="Change contrast by up to this share.")
    brightness: float = Field(
        0.0, ge=0, lt=1, description="Lighten or darken by up to this share of white."
    )
    erase: float = Field(
        0.0, ge=0, le=1, description="Share of faces on which a random rectangle is erased."
    )
    mixup: float = Field(
        0.0, ge=0, le=1, description="Share of faces blended with another one, labels included."
    )
    cutmix: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of the other faces in which a rectangle is pasted from another face.",
    )
    monitor: Literal["val_loss", "val_accuracy"] = Field(
        "val_loss", description="Metric that selects the best epoch, whose weights are kept."
    )
    exclude: Path | None = Field(
        None,
        description="CSV of Training faces to leave out: audit.csv, or your own with a column name"
        " or file.",
    )
    subset: float = Field(
        1.0, gt=0, le=1, description="Share of the Training faces to use, the same in each class."
    )
    seed: int = Field(
        0, ge=0, description="Seed of the weights, the order, dropout and the augmentation."
    )
    precision: Literal["float32", "bfloat16"] | None = Field(
        None,
        description="Number format of multiplications; if unset, bfloat16 on a GPU and float32 on"
        " a CPU. CPUs with AVX512-BF16 or AMX are nearly twice as fast in bfloat16, others are"
        " slower.",
    )
    threads: Annotated[int, Field(ge=1, le=1024)] | None = Field(
        None,
        description="CPU threads to compute with; one for each core if unset. The number of threads"
        " changes how sums are rounded, so a seed only repeats exactly with the same number.",
    )
    devices: int = Field(
        1,
        ge=1,
        description="Processes on each machine, each with its own GPU where there are GPUs, and"
        " its own batch, so that a step learns from as many batches.",
    )
    nodes: int = Field(1, ge=1, description="Number of machines; start each with torchrun.")
    compile: bool | None = Field(
        None,
        description="Use torch.compile; if unset, only where it makes this network faster.",
    )

    @property
    def input_spec(self) -> InputSpec:
        """What the network takes: crops of `image_size` and `colour`."""
        return InputSpec(height=self.image_size, width=self.image_size, colour=self.colour)
