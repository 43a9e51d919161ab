"""What mien's files say of themselves, so that they are recognised later."""

SHEET = ("Software", "mien contact sheet")
"""Key and text in every contact sheet, whose name the user chooses."""

TIMELINE = ("Software", "mien timeline")
"""Key and text in every timeline of a clip, which is no picture to be read."""

FIGURE = "mien figure"
"""Text in every figure, of a PNG as its software and of an SVG as its creator."""

SETTINGS = "This file is a config for mien train."
"""Stands in a comment at the beginning of the best settings of a search."""

COPY = b"mien annotated copy of "
"""Begins the comment of every annotated copy; a digest of what it is a copy of follows."""
