"""Lightning's trainer: where and in which numbers it computes, and what its failures mean."""

from __future__ import annotations

import contextlib
import shutil
import signal
from collections.abc import Iterator
from typing import Literal

import lightning
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping

from mien import nets
from mien.errors import InterruptionError, TrainingError
from mien.settings import TrainSettings
from mien.training.learner import Learner
from mien.training.run import Run
from mien.training.silence import quiet

LIGHTNING = ("lightning.pytorch", "lightning.fabric")
"""Lightning's loggers. They advise on data workers and devices, which mien sets itself."""


def make_trainer(
    settings: TrainSettings, callbacks: list[Callback], run: Run, device: torch.device
) -> lightning.Trainer:
    """Make a trainer for the settings.

    Parameters
    ----------
    settings
        How to train.
    callbacks
        What happens around the epochs; early stopping is added to them.
    run
        The run folder.
    device
        Where this process computes.
    """
    if settings.patience:
        # After the validation, so that the checkpoint can note whether this was the last epoch.
        callbacks.append(
            EarlyStopping("val_loss", patience=settings.patience, check_on_train_epoch_end=False)
        )
    if device.type == "cuda":
        # cuDNN's fastest convolutions sum in any order, and a seed would not repeat.
        torch.backends.cudnn.deterministic = True
    with quiet(*LIGHTNING):
        return lightning.Trainer(
            max_epochs=settings.epochs,
            accelerator="gpu" if device.type == "cuda" else "cpu",
            devices=settings.devices,
            num_nodes=settings.nodes,
            strategy="ddp" if settings.devices * settings.nodes > 1 else "auto",
            # `Batches` shares the faces out itself.
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
    """Return the precision that is set, otherwise bfloat16 on a GPU only.

    Most CPUs are slower with it, and the same command should compute the same on all of them.
    """
    default = "bfloat16" if device.type == "cuda" else "float32"
    return "bf16-mixed" if (settings.precision or default) == "bfloat16" else "32-true"


def bfloat16_would_help(settings: TrainSettings) -> bool:
    """Return whether this CPU has fast bfloat16 that the settings leave unused."""
    if settings.precision or torch.cuda.is_available():
        return False
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def compile_if_faster(learner: Learner, settings: TrainSettings) -> bool:
    """Compile the network where the settings ask for it, or by default where that is faster.

    Returns
    -------
    bool
        False if the network should have been compiled, but there is no C++ compiler.
    """
    pays = nets.entry(settings.net).compile_pays
    if not (pays if settings.compile is None else settings.compile):
        return True
    if not any(shutil.which(compiler) for compiler in ("c++", "g++", "clang++")):
        return False
    learner.answer = torch.compile(learner.answer)  # type: ignore[method-assign]
    return True


@contextlib.contextmanager
def explained_failures(run: Run, settings: TrainSettings) -> Iterator[None]:
    """Turn running out of memory and Ctrl-C into errors that say what to do.

    Raises
    ------
    TrainingError
        If memory ran out.
    InterruptionError
        If Ctrl-C was pressed.
    """
    with _out_of_memory(settings), _interruptible(run):
        yield


@contextlib.contextmanager
def _out_of_memory(settings: TrainSettings) -> Iterator[None]:
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and "memory" not in str(error).lower():
            raise
        raise TrainingError(
            f"Ran out of memory with a batch size of {settings.batch_size}.",
            f"Try a batch size of {max(2, settings.batch_size // 2)}.",
            "batch_size",
        ) from error


@contextlib.contextmanager
def _interruptible(run: Run) -> Iterator[None]:
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as leaving:
        # Lightning answers Ctrl-C by leaving Python, and ignores further ones.
        if not isinstance(leaving.__context__, KeyboardInterrupt):
            raise
        signal.signal(signal.SIGINT, handler)
        raise InterruptionError(
            "The training was interrupted.", f"Resume the run {run.folder}.", "resume"
        ) from leaving
