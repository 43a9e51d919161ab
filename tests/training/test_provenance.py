from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

import pytest
import torch

from mien.training import provenance
from mien.training.provenance import computed_on, versions


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize(("count", "words"), [(1, ", 1 thread"), (2, ", 2 threads")])
def test_a_cpu_is_named_with_its_instructions_and_threads(count: int, words: str) -> None:
    torch.set_num_threads(count)
    instructions = torch.backends.cpu.get_cpu_capability()
    assert computed_on(torch.device("cpu")) == f"CPU with {instructions}{words}"


def test_a_gpu_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"a GPU called {device}")
    assert computed_on(torch.device("cuda:1")) == "a GPU called cuda:1"


def test_a_checkout_that_is_not_installed_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def only_others(name: str) -> str:
        if name == "mien":
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(provenance, "version", only_others)
    assert versions()["mien"] == "not installed"
    assert versions()["torch"] == torch.__version__
