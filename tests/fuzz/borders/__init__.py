"""The places where mien takes what others wrote; each is one `Border`, in a file of its own."""

from borders import (
    audit_csv,
    batch_files,
    batch_list,
    classes_file,
    config,
    events,
    fer2013_csv,
    model_info,
    network,
    neutral,
    onnx_graph,
    parquet,
    picture,
    stream,
    video,
    zip_file,
)
from borders.border import Border

BORDERS: dict[str, Border] = {
    border.name: border
    for border in (
        onnx_graph.BORDER,
        neutral.BORDER,
        events.BORDER,
        classes_file.BORDER,
        batch_list.BORDER,
        model_info.BORDER,
        audit_csv.BORDER,
        picture.BORDER,
        fer2013_csv.BORDER,
        zip_file.BORDER,
        config.BORDER,
        batch_files.TAR,
        batch_files.PARQUET,
        parquet.BORDER,
        network.BORDER,
        stream.BORDER,
        video.BORDER,
    )
}
"""By name; the fastest first."""
