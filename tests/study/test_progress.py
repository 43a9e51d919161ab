from pathlib import Path

import pytest

from mien import nets
from mien.settings import TrainSettings
from mien.study.progress import Clock, Work
from mien.training import Run


def work(folder: Path, epochs: int, cost: float, seconds: list[float]) -> Work:
    folder.mkdir()
    run = Run(folder)
    run.write_rows(
        [{"epoch": number, "seconds": each} for number, each in enumerate(seconds, start=1)]
    )
    return Work(run, epochs, cost)


def test_work_grows_with_the_network_and_the_faces(tmp_path: Path) -> None:
    settings = TrainSettings(net="plain", out=tmp_path, name="a", subset=0.1, epochs=3)
    made = Work.of(settings, faces=1000, validation=50)
    # A backward pass costs two forward passes.
    assert made.cost == nets.macs(nets.build("plain")) * (3 * 100 + 50)
    assert (made.epochs, made.run.folder) == (3, tmp_path / "a")


def test_the_time_left_is_unknown_before_the_first_epoch(tmp_path: Path) -> None:
    assert Clock([work(tmp_path / "a", 2, 1.0, [])]).left(0) is None


def test_the_time_left_counts_what_is_not_done(tmp_path: Path) -> None:
    # The first stopped early: 2 of its 9 epochs, at 10 s each.
    works = [work(tmp_path / "a", 9, 1.0, [8.0, 12.0]), work(tmp_path / "b", 5, 3.0, [])]
    (tmp_path / "a" / "run.json").touch()
    assert Clock(works).left(1) == pytest.approx(5 * 3 * 10)
    # From its own first epoch on, the second is judged by that.
    works[1].run.write_rows([{"epoch": 1, "seconds": 50.0}])
    assert Clock(works).left(1) == pytest.approx(4 * 50)


def test_the_bar_counts_all_trainings(tmp_path: Path) -> None:
    clock = Clock([work(tmp_path / "a", 2, 1.0, []), work(tmp_path / "b", 5, 3.0, [])])
    assert clock.total == 17
    assert clock.done(1, 1.5) == 2 + 4.5
