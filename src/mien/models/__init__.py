"""The networks at hand: NAME.json, a card, and beside it NAME.onnx unless it must be fetched."""

from mien.models.info import Card
from mien.models.zoo import DEFAULT, card_path, megabytes, names, onnx_paths, read_card

__all__ = ["DEFAULT", "Card", "card_path", "megabytes", "names", "onnx_paths", "read_card"]
