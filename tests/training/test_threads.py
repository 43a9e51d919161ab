import os

import pytest
import torch

from mien.training.threads import computing_with


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
