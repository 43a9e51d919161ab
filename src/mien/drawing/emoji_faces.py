"""Emoji faces as vectors, since a machine may have no emoji font."""

from __future__ import annotations

import math
from collections.abc import Callable

from mien.classes import Colour
from mien.drawing.emoji_pen import Pen, arc

_WHITE: Colour = (255, 255, 255)
_TEAR: Colour = (64, 156, 255)
_TONGUE: Colour = (232, 84, 92)
_BLACK: Colour = (36, 36, 42)
_RED: Colour = (229, 40, 60)
_ROSE: Colour = (250, 140, 96)
_STEAM: Colour = (245, 248, 252)
_HAND: Colour = (255, 205, 84)
_HAND_RIM: Colour = (176, 112, 24)


def _angry(pen: Pen) -> None:
    pen.both(lambda side: pen.line([(side(19), 34), (side(43), 47)], 7))
    pen.both(lambda side: pen.oval(side(33), 54, 5.5, 7))
    pen.line(arc(50, 84, 18, 14, 205, 335), 6.5)


def _disgust(pen: Pen) -> None:
    pen.both(lambda side: pen.oval(side(20), 62, 10, 9, (88, 150, 40)))
    pen.both(lambda side: pen.line([(side(22), 30), (side(42), 36)], 5))
    pen.both(lambda side: pen.line(arc(side(33), 42, 10, 7, 20, 160), 6))
    wave = [(27 + 46 * t / 60, 74 + 5 * math.sin(t / 60 * 3.5 * math.tau)) for t in range(61)]
    pen.line(wave, 6.5)


def _fear(pen: Pen) -> None:
    pen.both(lambda side: pen.line([(side(17), 29), (side(27), 22), (side(39), 18)], 5))
    pen.both(lambda side: pen.oval(side(32), 44, 12.5, 14, _WHITE))
    pen.both(lambda side: pen.oval(side(32), 45, 4.5, 5))
    pen.shape(arc(50, 86, 21, 21, 180, 360))
    pen.shape(arc(50, 86, 14, 8, 180, 360), _TONGUE)


def _happy(pen: Pen) -> None:
    _laughing_eyes(pen)
    _laughing_mouth(pen)


def _sad(pen: Pen) -> None:
    pen.both(lambda side: pen.line([(side(18), 38), (side(28), 33), (side(40), 26)], 5.5))
    pen.both(lambda side: pen.oval(side(32), 49, 6, 7.5))
    pen.line(arc(53, 82, 15, 11, 200, 340), 6.5)
    pen.shape([(23, 55), (31, 70), (15, 70)], _TEAR)
    pen.oval(23, 71, 8.6, 8.6, _TEAR)
    pen.oval(20.5, 70, 2.4, 3.4, (190, 224, 255))


def _surprise(pen: Pen) -> None:
    pen.both(lambda side: pen.line(arc(side(31), 29, 11, 9, 205, 335), 5.5))
    pen.both(lambda side: pen.oval(side(31), 44, 7.5, 9.5))
    pen.both(lambda side: pen.oval(side(31) - 2, 40.5, 2.2, 2.8, _WHITE))
    pen.oval(50, 74, 14, 17)
    pen.oval(50, 83, 9, 6, _TONGUE)


def _neutral(pen: Pen) -> None:
    _eyes(pen)
    pen.line([(30, 69), (70, 69)], 7)


def _unsure(pen: Pen) -> None:
    hook = [*arc(50, 36, 17, 16, 175, 400), (51, 56), (50, 62)]
    pen.line(hook, 9, _WHITE)
    pen.oval(50, 79, 6, 6, _WHITE)


def _smile(pen: Pen) -> None:
    _eyes(pen)
    pen.line(arc(50, 55, 24, 20, 20, 160), 6.5)


def _closed_eyes(pen: Pen, y: float) -> None:
    pen.both(lambda side: pen.line(arc(side(32), y, 10, 7, 15, 165), 5.5))


def _sleepy(pen: Pen) -> None:
    _closed_eyes(pen, 44)
    pen.oval(50, 73, 9, 8)
    pen.line(arc(61, 62, 6, 9, 20, 160), 4, _TEAR)
    pen.shape([(61, 58), (69, 72), (53, 72)], _TEAR)
    pen.oval(61, 73, 8, 8, _TEAR)
    pen.oval(58.5, 72, 2.2, 3.2, (190, 224, 255))


def _asleep(pen: Pen) -> None:
    _closed_eyes(pen, 50)
    pen.oval(50, 76, 8, 7)
    for x, y, half in ((63, 30, 7), (78, 20, 5)):
        corners = [(x - half, y - half), (x + half, y - half), (x - half, y + half)]
        pen.line([*corners, (x + half, y + half)], half * 0.55, _TEAR)


def _yawn(pen: Pen) -> None:
    pen.both(lambda side: pen.line([(side(18), 27), (side(28), 22), (side(40), 22)], 5))
    pen.both(lambda side: pen.line([(side(22), 38), (side(40), 44), (side(22), 49)], 5))
    pen.oval(50, 74, 17, 18)
    pen.oval(50, 84, 11, 6, _TONGUE)


def _unamused(pen: Pen) -> None:
    pen.both(lambda side: pen.line([(side(20), 36), (side(42), 36)], 5.5))
    for x in (33, 73):
        pen.line([(x - 13, 45), (x + 9, 45)], 4)
        pen.oval(x - 6, 49, 5, 5.5)
    pen.line(arc(50, 84, 18, 13, 215, 325), 6.5)


def _relieved(pen: Pen) -> None:
    pen.both(lambda side: pen.line([(side(20), 33), (side(30), 29), (side(40), 31)], 4.5))
    _closed_eyes(pen, 45)
    pen.line(arc(50, 60, 20, 14, 20, 160), 6.5)


def _eyes(pen: Pen, y: float = 42, height: float = 8) -> None:
    pen.both(lambda side: pen.oval(side(33), y, height * 0.75, height))


def _laughing_eyes(pen: Pen) -> None:
    pen.both(lambda side: pen.line(arc(side(32), 44, 9.5, 13, 190, 350), 6.5))


def _squeezed_eyes(pen: Pen) -> None:
    pen.both(lambda side: pen.line([(side(22), 34), (side(41), 43), (side(22), 51)], 5.5))


def _laughing_mouth(pen: Pen) -> None:
    pen.shape(arc(50, 56, 31, 31, 0, 180))
    pen.shape([(21, 57), (79, 57), (75, 65), (25, 65)], _WHITE)
    pen.oval(50, 80, 15, 6, _TONGUE)
    pen.line([*arc(50, 56, 31, 31, 0, 180), (81, 56)], 3)


def _worried_brows(pen: Pen) -> None:
    pen.both(lambda side: pen.line([(side(18), 33), (side(28), 29), (side(40), 22)], 5))


def _blush(pen: Pen) -> None:
    pen.both(lambda side: pen.oval(side(19), 60, 10, 8, _ROSE))


def _frown(pen: Pen) -> None:
    pen.line(arc(50, 86, 19, 15, 205, 335), 6.5)


def _heart(pen: Pen, x: float, y: float) -> None:
    pen.both(lambda side: pen.oval(x + (side(55) - 50) * 1.2, y - 5, 7.2, 7.2, _RED))
    pen.shape([(x - 12.4, y - 1), (x + 12.4, y - 1), (x, y + 14)], _RED)


def _pouting(pen: Pen) -> None:
    pen.both(lambda side: pen.line([(side(17), 31), (side(44), 48)], 8))
    pen.both(lambda side: pen.oval(side(33), 55, 6, 7))
    pen.line([*arc(50, 84, 20, 15, 195, 345)], 8)


def _sobbing(pen: Pen) -> None:
    _worried_brows(pen)
    pen.both(lambda side: pen.line([(side(31), 47), (side(31), 82)], 13, _TEAR))
    _closed_eyes(pen, 42)
    pen.oval(50, 70, 12, 12)
    pen.oval(50, 77, 8, 4.5, _TONGUE)


def _tears_of_joy(pen: Pen) -> None:
    _laughing_eyes(pen)
    _laughing_mouth(pen)
    pen.both(lambda side: pen.shape([(side(25), 47), (side(22), 66), (side(9), 56)], _TEAR))
    pen.both(lambda side: pen.oval(side(14.5), 62, 8.5, 8.5, _TEAR))


def _squinting(pen: Pen) -> None:
    _squeezed_eyes(pen)
    _laughing_mouth(pen)


def _grinning(pen: Pen) -> None:
    _eyes(pen, 40, 9)
    _laughing_mouth(pen)


def _blushing(pen: Pen) -> None:
    _blush(pen)
    _laughing_eyes(pen)
    pen.line(arc(50, 56, 22, 19, 20, 160), 6.5)


def _winking(pen: Pen) -> None:
    pen.oval(33, 42, 6, 8)
    pen.line(arc(67, 48, 10, 9, 200, 340), 6)
    pen.line([(57, 26), (67, 22), (78, 25)], 4.5)
    pen.line(arc(50, 55, 24, 20, 20, 160), 6.5)


def _kissing(pen: Pen) -> None:
    _eyes(pen)
    pen.line(arc(50, 65, 9, 6, 250, 450), 5)
    pen.line(arc(50, 76, 9, 5, 270, 470), 5)


def _thinking(pen: Pen) -> None:
    pen.line([(20, 33), (30, 28), (41, 31)], 5)
    pen.line([(58, 26), (69, 18), (81, 22)], 5)
    _eyes(pen, 42, 7.5)
    pen.line([(37, 64), (50, 60), (65, 62)], 6)
    pen.line([(28, 86), (36, 72), (54, 71)], 10, _HAND_RIM)
    pen.oval(30, 87, 14, 11, _HAND_RIM)
    pen.line([(29, 86), (36, 73), (54, 71)], 6.5, _HAND)
    pen.oval(30, 87, 11.5, 8.5, _HAND)


def _screaming(pen: Pen) -> None:
    pen.both(lambda side: pen.oval(side(33), 36, 11, 13, _WHITE))
    pen.both(lambda side: pen.oval(side(34), 37, 4.5, 5.5))
    pen.oval(50, 73, 11, 18)
    for width, colour in ((15, _HAND_RIM), (11, _HAND)):
        for points in ([(13, 78), (19, 55)], [(87, 78), (81, 55)]):
            pen.line(points, width, colour)


def _heart_eyes(pen: Pen) -> None:
    _heart(pen, 30, 39)
    _heart(pen, 70, 39)
    _laughing_mouth(pen)


def _cool(pen: Pen) -> None:
    pen.line([(10, 33), (90, 33)], 6, _BLACK)
    for x in (31, 69):
        pen.shape([(x - 17, 33), (x + 17, 33), *arc(x, 38, 16, 16, 0, 180)], _BLACK)
        pen.line([(x - 9, 40), (x - 3, 36)], 3.5, (130, 140, 155))
    pen.line(arc(50, 58, 22, 18, 20, 160), 6.5)


def _partying(pen: Pen) -> None:
    pen.shape([(34, 25), (66, 25), (50, 3)], (126, 87, 194))
    pen.line([(36, 25), (64, 25)], 6, (255, 112, 67))
    pen.line(arc(31, 49, 9, 10, 195, 345), 6)
    pen.oval(68, 46, 6, 8)
    pen.line(arc(42, 58, 20, 18, 40, 160), 6)
    pen.line([(52, 72), (80, 65)], 8, _TEAR)
    pen.oval(81, 65, 6, 6, (255, 112, 67))
    for x, y, colour in ((17, 36, _TEAR), (82, 30, _RED), (14, 62, _RED), (70, 84, _TEAR)):
        pen.oval(x, y, 3.5, 3.5, colour)


def _angelic(pen: Pen) -> None:
    for height, width, colour in ((10.0, 9.5, (38, 128, 206)), (10.0, 6.0, (128, 202, 255))):
        pen.line([*arc(50, 16, 27, height, 0, 360)], width, colour)
    pen.both(lambda side: pen.line(arc(side(32), 52, 9, 10, 195, 345), 6))
    pen.line(arc(50, 62, 22, 18, 20, 160), 6.5)


def _flushed(pen: Pen) -> None:
    pen.both(lambda side: pen.oval(side(20), 63, 12, 10, _ROSE))
    pen.both(lambda side: pen.line([(side(20), 23), (side(30), 18), (side(40), 21)], 4.5))
    pen.both(lambda side: pen.oval(side(32), 43, 12, 13, _WHITE))
    pen.both(lambda side: pen.oval(side(32), 43, 5.5, 6))
    pen.line([(41, 75), (59, 75)], 6)


def _steaming(pen: Pen) -> None:
    pen.both(lambda side: pen.line([(side(20), 31), (side(42), 40)], 6))
    _closed_eyes(pen, 46)
    pen.line(arc(50, 78, 15, 10, 200, 340), 6)
    for x, y, radius in ((27, 74, 10), (15, 70, 7), (25, 85, 7)):
        pen.oval(x, y, radius, radius, _STEAM)
        pen.oval(100 - x, y, radius, radius, _STEAM)


def _confused(pen: Pen) -> None:
    _eyes(pen)
    pen.line(arc(62, 84, 32, 17, 200, 265), 6.5)


def _worried(pen: Pen) -> None:
    _worried_brows(pen)
    _eyes(pen, 46)
    _frown(pen)


def _frowning(pen: Pen) -> None:
    _eyes(pen)
    _frown(pen)


def _expressionless(pen: Pen) -> None:
    pen.both(lambda side: pen.line([(side(22), 44), (side(42), 44)], 6.5))
    pen.line([(30, 69), (70, 69)], 7)


def _struggling(pen: Pen) -> None:
    _squeezed_eyes(pen)
    wave = [(30 + 40 * t / 60, 74 - 4 * math.sin(t / 60 * 1.5 * math.tau)) for t in range(61)]
    pen.line(wave, 6.5)


def _weary(pen: Pen) -> None:
    _worried_brows(pen)
    _closed_eyes(pen, 42)
    pen.shape(arc(50, 88, 22, 24, 180, 360))
    pen.shape(arc(50, 88, 14, 9, 180, 360), _TONGUE)


def _pensive(pen: Pen) -> None:
    pen.both(lambda side: pen.line([(side(20), 37), (side(30), 33), (side(41), 29)], 4.5))
    _closed_eyes(pen, 48)
    pen.line(arc(50, 84, 14, 10, 215, 325), 6)


def _disappointed(pen: Pen) -> None:
    pen.both(lambda side: pen.line([(side(19), 37), (side(29), 32), (side(40), 24)], 5))
    _closed_eyes(pen, 46)
    _frown(pen)


def _open_mouth(pen: Pen) -> None:
    _eyes(pen, 40)
    pen.oval(50, 70, 11, 12)


def _grimacing(pen: Pen) -> None:
    _eyes(pen, 38)
    pen.line([(28, 67), (72, 67)], 26)
    pen.line([(28, 67), (72, 67)], 18, _WHITE)
    pen.line([(22, 67), (78, 67)], 3)
    for x in (35, 50, 65):
        pen.line([(x, 60), (x, 75)], 3)


def _rolling_eyes(pen: Pen) -> None:
    pen.both(lambda side: pen.oval(side(31), 39, 13, 14, _WHITE))
    pen.both(lambda side: pen.oval(side(31), 31, 5.5, 5.5))
    pen.line([(34, 73), (66, 70)], 6.5)


def _pleading(pen: Pen) -> None:
    pen.both(lambda side: pen.line([(side(17), 28), (side(28), 24), (side(39), 17)], 4.5))
    pen.both(lambda side: pen.oval(side(30), 49, 14, 15))
    pen.both(lambda side: pen.oval(side(30) + 4, 43, 5, 5.5, _WHITE))
    pen.both(lambda side: pen.oval(side(30) - 4, 56, 3, 3, _WHITE))
    pen.line(arc(50, 84, 10, 7, 205, 335), 5)


_YELLOW: tuple[Colour, Colour] = ((255, 226, 92), (250, 183, 44))
FACES: dict[str | None, tuple[Colour, Colour, Callable[[Pen], None]]] = {
    "😠": ((255, 158, 66), (222, 47, 34), _angry),
    "🤢": ((190, 222, 88), (112, 176, 56), _disgust),
    "😨": ((112, 146, 232), (250, 206, 98), _fear),
    "😄": (*_YELLOW, _happy),
    "😢": (*_YELLOW, _sad),
    "😲": (*_YELLOW, _surprise),
    "😐": (*_YELLOW, _neutral),
    "🙂": (*_YELLOW, _smile),
    "😪": (*_YELLOW, _sleepy),
    "😴": (*_YELLOW, _asleep),
    "🥱": (*_YELLOW, _yawn),
    "😒": (*_YELLOW, _unamused),
    "😌": (*_YELLOW, _relieved),
    "😡": ((255, 92, 62), (196, 22, 28), _pouting),
    "😭": (*_YELLOW, _sobbing),
    "😂": (*_YELLOW, _tears_of_joy),
    "😆": (*_YELLOW, _squinting),
    "😀": (*_YELLOW, _grinning),
    "😊": (*_YELLOW, _blushing),
    "😉": (*_YELLOW, _winking),
    "😗": (*_YELLOW, _kissing),
    "🤔": (*_YELLOW, _thinking),
    "😱": ((112, 146, 232), (250, 206, 98), _screaming),
    "😍": (*_YELLOW, _heart_eyes),
    "😎": (*_YELLOW, _cool),
    "🥳": (*_YELLOW, _partying),
    "😇": (*_YELLOW, _angelic),
    "😳": (*_YELLOW, _flushed),
    "😤": (*_YELLOW, _steaming),
    "😕": (*_YELLOW, _confused),
    "😟": (*_YELLOW, _worried),
    "🙁": (*_YELLOW, _frowning),
    "😑": (*_YELLOW, _expressionless),
    "😣": (*_YELLOW, _struggling),
    "😩": (*_YELLOW, _weary),
    "😔": (*_YELLOW, _pensive),
    "😞": (*_YELLOW, _disappointed),
    "😮": (*_YELLOW, _open_mouth),
    "😬": (*_YELLOW, _grimacing),
    "🙄": (*_YELLOW, _rolling_eyes),
    "🥺": (*_YELLOW, _pleading),
    None: ((176, 182, 190), (128, 135, 145), _unsure),
}
"""By emoji, the colours of the disc's top and bottom, and what draws the features; None stands for
"unsure"."""
