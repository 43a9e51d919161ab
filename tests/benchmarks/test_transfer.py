"""The page on transfer says what its results say, of the networks that are shipped."""

import importlib
import json
from pathlib import Path

import pytest

from mien.models import names, read_info


def test_the_page_is_that_of_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transfer = importlib.import_module("transfer")
    results = json.loads((transfer.RESULTS / "transfer.json").read_text())["networks"]
    page = transfer.PAGE
    monkeypatch.setattr(transfer, "PAGE", tmp_path / "transfer.md")
    transfer.write_page(results)
    assert (tmp_path / "transfer.md").read_text() == page.read_text()
    assert sorted(results) == list(names())
    for net, scores in results.items():
        info = read_info(net)
        assert scores["sha256"] == info.sha256
        for labels in ("mixed", "fer2013"):
            own = info.with_labels(labels).scores["public"]["accuracy"]
            assert scores[labels]["PublicTest"]["accuracy"] == pytest.approx(own, abs=5e-4)
