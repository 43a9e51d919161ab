"""How networks are trained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from mien.settings.base import Section

RENAMED = {
    "start": "init_from",
    "balance": "logit_adjustment",
    "average": "ema_decay",
    "votes": "ferplus",
    "vote_weight": "ferplus_weight",
    "teacher_weight": "distill_weight",
    "teacher_temperature": "distill_temperature",
}
"""The new name of each setting that earlier versions called otherwise."""


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
    ferplus: Path | None = Field(
        None, description="FER+'s fer2013new.csv; its votes are then learnt beside the labels."
    )
    ferplus_weight: float = Field(
        0.5, ge=0, description="Weight of the votes' loss beside the labels' loss."
    )
    init_from: Path | None = Field(
        None, description="Run folder of a network, as wide and deep, whose weights to begin with."
    )
    teacher: Path | None = Field(
        None,
        description="Run folder of a network to learn from too, or a folder of several runs.",
    )
    distill_weight: float = Field(
        0.5, ge=0, le=1, description="Weight of the teacher's answers; the labels have the rest."
    )
    distill_temperature: float = Field(
        2.0, gt=0, le=20, description="What makes the teacher's answers softer, if above 1."
    )
    logit_adjustment: float = Field(
        0.0, ge=0, le=1, description="Favour rare classes: 0 not at all, 1 as if all were as many."
    )
    ema_decay: float = Field(
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
    mixup: float = Field(
        0.0, ge=0, le=1, description="Share of faces into which another is blended, labels too."
    )
    cutmix: float = Field(
        0.0, ge=0, le=1, description="Share of the rest in which a rectangle is another face's."
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
    threads: Annotated[int, Field(ge=1, le=1024)] | None = Field(
        None, description="Threads that compute on the CPU; one for each core if unset. A seed"
        " repeats to the last digit only with as many, since they round sums differently."
    )
    devices: int = Field(
        1, ge=1, description="Processes on a machine, each with a GPU if there are; each takes a"
        " batch of its own, so that a step learns from as many batches."
    )
    nodes: int = Field(1, ge=1, description="Machines; start each by torchrun.")
    compile: bool | None = Field(
        None, description="Use torch.compile; where it makes this net faster if unset."
    )
