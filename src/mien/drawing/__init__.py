"""What people see: boxes and emoji on pictures, heat maps, contact sheets."""

from mien.drawing.annotate import draw
from mien.drawing.contact_sheet import ContactSheet, contact_sheet
from mien.drawing.emoji import emoji, emoji_note
from mien.drawing.overlay import overlay

__all__ = ["ContactSheet", "contact_sheet", "draw", "emoji", "emoji_note", "overlay"]
