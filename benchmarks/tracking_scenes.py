"""What happens in the clips of benchmarks/tracking.py."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

from mien.perception.candidate import Box
from tracking_clips import Actor, Clip, Way

SWAPPED = "others on one background"
"""Each second another face takes the place of the last, and nothing else changes: to the detector
of cuts that is a face that moves, and the face is taken for the same. Not counted in the totals."""


def clips() -> list[Clip]:
    """Return what happens in the clips."""
    return [*_paths(), *_crossings(), *_absences(), *_shots(), *_views()]


def _paths() -> list[Clip]:
    """Return clips of faces that move."""
    return [
        Clip("one moving", [_same(0, _swing(320, 240, 150, 80, 3.0, 110))]),
        Clip("fast", [_same(0, _swing(320, 240, 240, 60, 1.0, 100))], blur=0.02),
        Clip("several", [
            _same(person, _swing(
                80 + 100 * person, 150 + 180 * (person % 2), 40, 25,
                2.0 + person / 2, 62 + 4 * person,
            ))
            for person in range(6)
        ]),
        Clip("small", [_same(0, _swing(320, 240, 200, 60, 4.0, 26))]),
        Clip("false detections", [
            _same(0, _swing(220, 240, 60, 40, 3.0, 100)),
            _same(1, _swing(440, 250, 50, 30, 2.5, 90)),
        ], false=0.05),
    ]


def _crossings() -> list[Clip]:
    """Return clips of faces of which one passes before the other."""
    crossing = [
        _same(0, _line(120, 230, 520, 240, 110, 5.0)),
        _same(1, _line(530, 245, 110, 240, 120, 5.0)),
    ]
    return [
        Clip("crossing", crossing),
        Clip("crossing slowly", [
            _same(0, _line(200, 230, 440, 240, 120, 5.0)),
            _same(1, _line(440, 245, 200, 240, 115, 5.0)),
        ]),
        Clip("crossing, 40% of frames dropped", crossing, dropped=0.4),
        Clip("meeting, and going back", [
            _same(0, _swing(240, 240, 90, 0, 5.0, 110)),
            _same(1, _swing(400, 245, -90, 0, 5.0, 118)),
        ]),
    ]


def _absences() -> list[Clip]:
    """Return clips of faces that are away for a while."""
    bar = [_bar(1.6, 3.1)]
    return [
        Clip("hidden for 1.5 s", [_same(0, _line(290, 240, 360, 245, 110, 5.0))], objects=bar),
        Clip("hidden for 1.5 s, two faces", [
            _same(0, _line(200, 240, 240, 245, 100, 5.0)),
            _same(1, _line(440, 240, 400, 235, 105, 5.0)),
        ], objects=bar),
        Clip("leaves, back in 1.2 s", [_same(0, _leaving(1.2))], seconds=6.0),
        Clip("leaves, back in 4 s", [_twice(0, _leaving(4.0), 4.0)], seconds=8.0),
    ]


def _shots() -> list[Clip]:
    """Return clips in which a face is followed by another one each second."""
    actors = [
        Actor(
            person, _shown(person, _swing(320, 240, 20, 10, 2.0, 130)),
            functools.partial(_by_second, person),
        )
        for person in range(5)
    ]
    return [
        Clip("cuts at one place", actors, shot=lambda time: int(time)),
        Clip(SWAPPED, actors),
    ]


def _views() -> list[Clip]:
    """Return clips in which camera or light change."""
    return [
        Clip("zoom", [_same(0, _line(330, 235, 330, 235, 70, 5.0))],
             camera=lambda time: (0.0, 0.0, 1.6 - 0.6 * math.cos(2 * math.pi * time / 2.5))),
        Clip("shaking camera", [
            _same(0, _line(230, 240, 260, 245, 90, 5.0)),
            _same(1, _line(420, 230, 400, 235, 80, 5.0)),
        ], camera=_shake),
        Clip("flashes and exposure", [_same(0, _swing(320, 240, 60, 30, 3.0, 110))], light=_lights),
    ]


def _same(person: int, path: Way) -> Actor:
    return Actor(person, path, lambda time: person)


def _twice(person: int, path: Way, absence: float) -> Actor:
    """Return a person who counts as another one after a long absence."""
    return Actor(person, path, lambda time: person if time < 1.5 + absence / 2 else 100 + person)


def _by_second(person: int, time: float) -> int:
    return 10 * int(time) + person


def _swing(x: float, y: float, wide: float, high: float, period: float, size: float) -> Way:
    def path(time: float) -> tuple[float, float, float]:
        turn = 2 * math.pi * time / period
        return x + wide * math.sin(turn), y + high * math.sin(turn * 0.7), size
    return path


def _line(
    x: float, y: float, to_x: float, to_y: float, size: float, seconds: float
) -> Way:
    def path(time: float) -> tuple[float, float, float]:
        part = time / seconds
        return x + part * (to_x - x), y + part * (to_y - y), size
    return path


def _leaving(absence: float) -> Way:
    """Return a path out of the picture to the left, from second 1.5, and back."""
    def path(time: float) -> tuple[float, float, float] | None:
        speed = 300.0
        away = 1.5 + absence
        if time < 1.5:
            x = 60 + speed * max(0.0, 1.2 - time)
            x -= speed * max(0.0, time - 1.2) * 1.5
        elif time < away:
            return None
        else:
            x = -75 + speed * min(1.3, time - away) * 1.1
        return x, 240, 110
    return path


def _shown(second: int, path: Way) -> Way:
    """Return a path of a face that is there for one second only."""
    return lambda time: path(time) if int(time) == second else None


def _bar(start: float, end: float) -> Callable[[float], Box | None]:
    """Return a thing that falls before the middle of the picture, and rises again."""
    def box(time: float) -> Box | None:
        if not start - 0.2 <= time <= end + 0.2:
            return None
        covered = min(1.0, (time - start + 0.2) / 0.2, (end + 0.2 - time) / 0.2)
        return 120.0, -300 + 440 * covered, 400.0, 330.0
    return box


def _shake(time: float) -> tuple[float, float, float]:
    """Return the shifts of a hand-held camera: some slow, some fast, up to 60 pixels."""
    x = 22 * math.sin(9.1 * time) + 18 * math.sin(23.7 * time + 1) + 9 * math.sin(51 * time)
    y = 18 * math.sin(7.3 * time + 2) + 14 * math.sin(29.3 * time) + 8 * math.sin(47 * time + 3)
    return x, y, 1.08


def _lights(time: float) -> float:
    """Return a brightness: flashes of one frame each second, then a sudden darker exposure."""
    if abs(time % 1.0 - 0.48) < 0.02:
        return 2.2
    return 0.55 if time > 3 else 1.0
