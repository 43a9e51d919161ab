"""The shipped networks: NAME.json says what a network is, NAME.onnx beside it holds the weights."""

from mien.models.info import ModelInfo
from mien.models.zoo import (
    DEFAULT,
    info_path,
    megabytes,
    names,
    onnx_paths,
    read_info,
    shipped_as,
    similar_network,
)

__all__ = [
    "DEFAULT",
    "ModelInfo",
    "info_path",
    "megabytes",
    "names",
    "onnx_paths",
    "read_info",
    "shipped_as",
    "similar_network",
]
