import os
from typing import Any

import pytest
import torch

from mien.errors import TrainingError
from mien.settings import TrainSettings
from mien.training.distributed import ALONE, Processes, computing_with


@pytest.mark.parametrize("said", [None, "5"])
def test_threads_are_as_many_as_asked_for_and_then_as_before(
    monkeypatch: pytest.MonkeyPatch, said: str | None
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if said is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", said)
    before = torch.get_num_threads()
    with pytest.raises(ZeroDivisionError), computing_with(before + 1):
        assert (torch.get_num_threads(), os.environ["OMP_NUM_THREADS"]) == (
            before + 1, str(before + 1),
        )
        raise ZeroDivisionError
    assert (torch.get_num_threads(), os.environ.get("OMP_NUM_THREADS")) == (before, said)


def test_none_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    before = torch.get_num_threads()
    with computing_with(None):
        assert torch.get_num_threads() == before
        assert "OMP_NUM_THREADS" not in os.environ


@pytest.fixture(autouse=True)
def _no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def started(monkeypatch: pytest.MonkeyPatch, **environment: Any) -> None:
    """Set what torchrun tells the processes that it starts."""
    for name, value in environment.items():
        monkeypatch.setenv(name, str(value))


def test_a_training_has_one_process() -> None:
    assert Processes.of(TrainSettings()) == ALONE
    assert ALONE.first
    assert ALONE.device == torch.device("cpu")


def test_lightning_starts_the_others_of_one_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Processes.of(TrainSettings(devices=2)) == Processes(0, 2, 0)
    started(monkeypatch, LOCAL_RANK=1)
    assert Processes.of(TrainSettings(devices=2)) == Processes(1, 2, 1)


def test_torchrun_numbers_those_of_all_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    started(monkeypatch, TORCHELASTIC_RUN_ID="a", WORLD_SIZE=6, RANK=5, LOCAL_RANK=2)
    found = Processes.of(TrainSettings(devices=3, nodes=2))
    assert found == Processes(5, 6, 2)
    assert not found.first


def test_another_number_than_torchrun_started_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    started(monkeypatch, TORCHELASTIC_RUN_ID="a", WORLD_SIZE=4, RANK=0, LOCAL_RANK=0)
    with pytest.raises(TrainingError, match="started 4 processes, but 2 devices on 1 nodes make 2"):
        Processes.of(TrainSettings(devices=2))


def test_several_machines_need_torchrun() -> None:
    words = "Cannot start 2 machines .* torchrun --nnodes 2 --nproc-per-node 1"
    with pytest.raises(TrainingError, match=words):
        Processes.of(TrainSettings(nodes=2))


def test_more_gpus_than_there_are_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(TrainingError, match="Expected 2 GPUs, found 1"):
        Processes.of(TrainSettings(devices=2))
