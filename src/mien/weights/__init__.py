"""The shipped networks: NAME.onnx and its card, NAME.json."""

from mien.weights.card import Card
from mien.weights.shelf import DEFAULT, names, onnx_path, read_card

__all__ = ["DEFAULT", "Card", "names", "onnx_path", "read_card"]
