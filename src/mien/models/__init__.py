"""The networks at hand: NAME.json, a card, and beside it NAME.onnx unless it must be fetched."""

from mien.models.info import ModelInfo
from mien.models.zoo import DEFAULT, info_path, megabytes, names, onnx_paths, read_info

__all__ = ["DEFAULT", "ModelInfo", "info_path", "megabytes", "names", "onnx_paths", "read_info"]
