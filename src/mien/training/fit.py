"""Trains a network from settings, or goes on with a run that was interrupted."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import json
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping
from numpy.typing import NDArray
from torch import nn

from mien import nets
from mien.data import Samples
from mien.data.votes import read_votes
from mien.errors import InterruptionError, TrainingError
from mien.settings import Settings, TrainSettings
from mien.training.augment import Augmentation, Mixing
from mien.training.batches import Batches
from mien.training.callbacks import Checkpoints, MetricsLog, Progress, draw_curves
from mien.training.distillation import Teacher
from mien.training.distributed import Processes, computing_with
from mien.training.learner import Learner
from mien.training.provenance import commit, computed_on, versions
from mien.training.run import FILES, Run, keep, load_net
from mien.training.silence import quiet

VALIDATION_BATCH = 256
"""Faces in a validation batch; no gradients are kept, so it may be larger than in training."""

_LIGHTNING = ("lightning.pytorch", "lightning.fabric")
"""Its loggers, which advise on workers and devices; batches need none, and devices are set."""

Say = Callable[[str], None]


def train(
    settings: Settings, samples: Samples, say: Say = print, watch: Callback | None = None
) -> Run:
    """Train a network and keep everything in a new run folder.

    Parameters
    ----------
    settings
        How to train.
    samples
        Faces with a ``train`` and a ``public`` split; PublicTest is the validation set.
    say
        Called with sentences for the user.
    watch
        Called back by Lightning as the training goes, after the epoch's row stands in
        metrics.csv; a bar with the epochs' lines if None.

    Raises
    ------
    TrainingError
        If the run's folder is there already, memory is out, or there are not as many devices or
        machines as the settings ask for.
    """
    # Before the folder is made: a wrong name, split or file of votes leaves nothing behind.
    nets.options(settings.train.net, settings.train.model_dump())
    processes = Processes.of(settings.train)
    material = _Material.of(settings.train, samples)
    if processes.first:
        run = Run.create(settings)
    else:
        # The first alone chooses the folder, and writes to it.
        run, say, watch = Run(settings.train.out / settings.train.net), _nothing, Callback()
    with computing_with(settings.train.threads):
        _fit(run, settings.train, material, processes, say, watch)
    return run


def resume(
    folder: Path, samples: Samples, say: Say = print, watch: Callback | None = None
) -> Run:
    """Go on with a run from its last finished epoch; arguments as in `train`.

    Raises
    ------
    TrainingError
        If the folder is no run, or the data is not what the run began with.
    """
    run = Run.open(folder)
    if run.card.is_file():
        say(f"The run {folder} is finished already.")
        return run
    settings = run.settings().train
    processes = Processes.of(settings)
    material = _Material.of(settings, samples, begun=run.last.is_file())
    if not processes.first:
        say, watch = _nothing, Callback()
    saved = _saved(run, material.training.sha256, say)
    with computing_with(settings.threads):
        _fit(run, settings, material, processes, say, watch, saved)
    return run


def _nothing(_: str) -> None:
    """Say what the first process says already."""


def advice(settings: TrainSettings) -> str | None:
    """Say how to train faster on this machine, where there is a way that was not chosen."""
    if settings.precision or torch.cuda.is_available():
        return None
    able = torch.cpu.get_capabilities()
    if not (able.get("avx512_bf16") or able.get("amx_bf16")):
        return None
    return (
        "This processor multiplies in bfloat16: with --precision bfloat16 a training takes little"
        " more than half the time."
    )


@dataclasses.dataclass(frozen=True)
class _Material:
    """What a training learns from."""

    training: Samples
    validation: Samples
    votes: NDArray[np.int64] | None
    """FER+'s votes for the Training faces, ``int64 [N, 10]``, where they are learnt."""
    start: nn.Module | None
    """Whose weights are begun with."""
    teacher: Teacher | None
    """Whose answers are learnt."""

    @classmethod
    def of(cls, settings: TrainSettings, samples: Samples, begun: bool = False) -> _Material:
        """Read it; a training that has begun needs no weights to begin with."""
        training = samples.split("train").subset(settings.subset, settings.seed)
        votes = None if settings.ferplus is None else read_votes(settings.ferplus).of(training)
        named = settings.teacher
        teacher = None if named is None else Teacher.of(named, settings.distill_temperature)
        start = None if begun or settings.init_from is None else _start(settings, settings.init_from)
        return cls(training, samples.split("public"), votes, start, teacher)


def _start(settings: TrainSettings, folder: Path) -> nn.Module:
    """Load the network of a run, and see that it is built as the one to be trained."""
    run = Run.open(folder)
    start, own = load_net(run), nets.build(settings.net, settings.model_dump())
    if _shapes(start) != _shapes(own):
        recipe = run.read_card()["recipe"]
        built = {"net": recipe["net"], **nets.options(recipe["net"], recipe)}
        raise TrainingError(
            f"The network of the run {folder} is not built as the one to be trained.",
            f"Its own is {', '.join(f'{key} = {value}' for key, value in built.items())}.",
        )
    return start


def _shapes(net: nn.Module) -> dict[str, torch.Size]:
    return {key: value.shape for key, value in net.state_dict().items()}


def _fit(
    run: Run,
    settings: TrainSettings,
    material: _Material,
    processes: Processes,
    say: Say,
    watch: Callback | None,
    saved: dict[str, Any] | None = None,
) -> None:
    """Train to the end and write the card."""
    device = processes.device
    checkpoints = Checkpoints(run, settings.monitor, material.training.sha256)
    watch = Progress(settings.net) if watch is None else watch
    log = [MetricsLog(run)] if processes.first else []
    if material.teacher:
        material.teacher.to(device)
    trainer = _trainer(settings, [*log, watch, checkpoints], run, device)
    batches = Batches(
        material.training,
        settings.batch_size,
        device,
        Augmentation.of(settings),
        settings.seed,
        lambda: trainer.current_epoch,
        material.votes,
        processes,
        Mixing.of(settings),
    )
    shares = torch.tensor(list(material.training.counts().values())) / len(material.training)
    steps = len(batches) * settings.epochs
    learner = Learner(
        settings, steps, shares, material.start, material.teacher, processes
    )
    with quiet(*_LIGHTNING):
        _compile(learner, settings, say)
    if not saved or not saved["stopped"]:
        with _out_of_memory(settings), _interruptible(run), quiet(*_LIGHTNING):
            trainer.fit(
                learner,
                batches,
                Batches(material.validation, VALIDATION_BATCH, device, processes=processes),
                ckpt_path=run.last if saved else None,
                weights_only=True,
            )
    else:
        checkpoints.load_state_dict(saved)
    if processes.first:
        card = _card(settings, material, learner, checkpoints, device)
        _finish(run, settings, say, card)


def _finish(run: Run, settings: TrainSettings, say: Say, card: dict[str, Any]) -> None:
    """Draw the curves, and write the card, which marks the run as finished."""
    if importlib.util.find_spec("matplotlib"):
        draw_curves(run.rows(), settings.net, run.curves)
    else:
        say("No curves were drawn, since matplotlib is not installed; metrics.csv has them.")
    keep(run.card, lambda path: path.write_text(json.dumps(card, indent=2) + "\n"))


def _trainer(
    settings: TrainSettings, callbacks: list[Callback], run: Run, device: torch.device
) -> lightning.Trainer:
    if settings.patience:
        # At the validation's end, so that the checkpoints can note whether this epoch was the last.
        callbacks.append(
            EarlyStopping("val_loss", patience=settings.patience, check_on_train_epoch_end=False)
        )
    if device.type == "cuda":
        # So that a seed may repeat there: cuDNN's fastest convolutions add up in any order.
        torch.backends.cudnn.deterministic = True
    with quiet(*_LIGHTNING):
        return lightning.Trainer(
            max_epochs=settings.epochs,
            accelerator="gpu" if device.type == "cuda" else "cpu",
            devices=settings.devices,
            num_nodes=settings.nodes,
            strategy="ddp" if settings.devices * settings.nodes > 1 else "auto",
            # The batches share themselves out.
            use_distributed_sampler=False,
            precision=_precision(settings, device),
            callbacks=callbacks,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            default_root_dir=run.folder,
        )


def _precision(settings: TrainSettings, device: torch.device) -> Literal["32-true", "bf16-mixed"]:
    """Multiply in bfloat16 where that is asked for, and on a GPU.

    Most CPUs would be slower by it, and the same command is to compute the same on all.
    """
    default = "bfloat16" if device.type == "cuda" else "float32"
    return "bf16-mixed" if (settings.precision or default) == "bfloat16" else "32-true"


def _compile(learner: Learner, settings: TrainSettings, say: Say) -> None:
    """Compile the network where that was asked for, or makes it faster."""
    wanted = settings.compile
    if not (nets.entry(settings.net).compile_pays if wanted is None else wanted):
        return
    if not any(shutil.which(compiler) for compiler in ("c++", "g++", "clang++")):
        say("No C++ compiler was found: training without torch.compile.")
        return
    learner.answer = torch.compile(learner.answer)  # type: ignore[method-assign]


def _saved(run: Run, sha256: str, say: Say) -> dict[str, Any] | None:
    """Read what `Checkpoints` last kept; None where no epoch was finished."""
    if not run.last.is_file():
        return None
    checkpoint = torch.load(run.last, weights_only=True, map_location="cpu")
    saved: dict[str, Any] = checkpoint["callbacks"]["Checkpoints"]
    if saved["data_sha256"] != sha256:
        raise TrainingError(
            f"The run {run.folder} began with other data (SHA-256 {saved['data_sha256'][:12]}...,"
            f" now {sha256[:12]}...).",
            "Name the same data again with --data, or start a new run.",
        )
    say(f"Going on with {run.folder} after epoch {checkpoint['epoch'] + 1}.")
    return saved


@contextlib.contextmanager
def _out_of_memory(settings: TrainSettings) -> Iterator[None]:
    """Turn running out of memory into a sentence with the batch size to try."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        text = str(error).lower()
        if not isinstance(error, MemoryError) and "memory" not in text:
            raise
        raise TrainingError(
            f"Memory ran out with a batch size of {settings.batch_size}.",
            f"Try --batch-size {max(2, settings.batch_size // 2)}.",
        ) from error


@contextlib.contextmanager
def _interruptible(run: Run) -> Iterator[None]:
    """Turn Ctrl-C into a sentence; Lightning answers it by leaving Python, deaf to another."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as leaving:
        if not isinstance(leaving.__context__, KeyboardInterrupt):
            raise
        signal.signal(signal.SIGINT, handler)
        raise InterruptionError(
            "The training was interrupted.", f"Go on with: mien train --resume {run.folder}."
        ) from leaving


def _card(
    settings: TrainSettings,
    material: _Material,
    learner: Learner,
    checkpoints: Checkpoints,
    device: torch.device,
) -> dict[str, Any]:
    """Say what was trained on what; `mien export` builds the network's card from it."""
    return {
        "architecture": settings.net,
        "parameters": nets.parameters(learner.net),
        "macs": nets.macs(learner.net),
        "data": {
            "name": "FER-2013",
            "sha256": material.training.sha256,
            "train": material.training.counts(),
            "validation": material.validation.counts(),
        },
        # A card names files without their folders.
        "recipe": settings.model_dump(mode="json", exclude={"out", "name", *FILES})
        | {name: path.name for name in FILES if (path := getattr(settings, name))}
        | {"commit": commit(), "versions": versions(), "computed_on": computed_on(device)},
        "seeds": [settings.seed],
        "selection": f"PublicTest: the epoch with the best {settings.monitor}",
        "best": {"epoch": checkpoints.best_epoch + 1, **checkpoints.best_metrics},
    }
