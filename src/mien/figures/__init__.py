"""Draws figures with matplotlib: one look for all, and one drawing of each kind of chart.

A figure is drawn once and written as PNG or SVG with `save`, or set into a page with `inline`.
"""

from mien.figures.bars import Bar, columns, draw_bars, shorten
from mien.figures.curves import TRAINING, VALIDATION, draw_training, whole_numbers
from mien.figures.inline import distinct, inline
from mien.figures.matrix import Cell, draw_cells, draw_confusion
from mien.figures.style import (
    GRID,
    INK,
    KINDS,
    ONE,
    SOFT,
    TWO,
    new_figure,
    save,
    strip_axes,
    title,
)

__all__ = [
    "GRID",
    "INK",
    "KINDS",
    "ONE",
    "SOFT",
    "TRAINING",
    "TWO",
    "VALIDATION",
    "Bar",
    "Cell",
    "columns",
    "distinct",
    "draw_bars",
    "draw_cells",
    "draw_confusion",
    "draw_training",
    "inline",
    "new_figure",
    "save",
    "shorten",
    "strip_axes",
    "title",
    "whole_numbers",
]
