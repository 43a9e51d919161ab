"""Tables of clips with other programs' columns, so that their users' scripts read them unchanged.

`openface`, `pyfeat`, `facereader` and `imotions` each describe one program's table, `layout` what
they have in common, and `sink` writes them.
"""

from mien.media.layouts.layout import Layout
from mien.media.layouts.sink import (
    LAYOUTS,
    LayoutSink,
    check_layout,
    is_earlier_layout,
    layout_name,
)

__all__ = [
    "LAYOUTS", "Layout", "LayoutSink", "check_layout", "is_earlier_layout", "layout_name",
]  # fmt: skip
