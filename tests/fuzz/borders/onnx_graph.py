"""Bytes of an ONNX file, as mien itself edits them."""

from borders.border import Border

from mien.models.graph import of_any_size, output_names, with_outputs


def take(data):
    """Name the outputs, keep the first, and open the sizes."""
    names = output_names(data)
    output_names(with_outputs(data, names[:1]))
    of_any_size(data)


BORDER = Border(
    "onnx_graph",
    take,
    longest=4096,
    words=(b"\x3a", b"\x0a", b"\x2a", b"\x62", b"\x5a", b"\x80\x80\x80\x80\x10", b"\xff" * 10,
           b"logits", b"faces", b"\x32\0", b"\x6a\0"),
    refusals=(ValueError,),
)  # fmt: skip
