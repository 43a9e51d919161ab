from __future__ import annotations

import pytest

import training


def test_the_loop_is_timed_in_turn_with_bare_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "LOOP_IMAGES", 16)
    monkeypatch.setattr(training, "LOOP_ROUNDS", 3)
    turns: list[training.Clock] = []
    make = training.Clock

    def keep(*arguments: object) -> training.Clock:
        turns.append(make(*arguments))
        return turns[0]

    monkeypatch.setattr(training, "Clock", keep)
    rates = training.loop_rate("plain", 8)
    assert len(turns[0].rounds) == 3
    assert sorted(loop for loop, _ in turns[0].rounds)[1] == pytest.approx(rates["loop"], abs=0.1)
    assert sorted(bare for _, bare in turns[0].rounds)[1] == pytest.approx(
        rates["bare steps"], abs=0.1
    )
    shares = sorted(loop / bare for loop, bare in turns[0].rounds)
    assert rates["ratio"] == pytest.approx(shares[1], abs=0.001)
