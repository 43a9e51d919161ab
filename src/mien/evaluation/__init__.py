"""Measures networks."""

from mien.evaluation.evaluate import evaluate_crops, evaluate_pictures, score_crops
from mien.evaluation.scores import score

__all__ = ["evaluate_crops", "evaluate_pictures", "score", "score_crops"]
