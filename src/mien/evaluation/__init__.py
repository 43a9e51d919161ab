"""Measures networks: `evaluate` one on labelled faces, `compare` two on the same faces."""

from mien.evaluation.comparison import compare
from mien.evaluation.evaluate import evaluate, score_crops
from mien.evaluation.faces import default_split
from mien.evaluation.results import (
    BaseScores,
    Comparison,
    Robustness,
    Scores,
    read_results,
)
from mien.evaluation.scores import score

__all__ = [
    "BaseScores",
    "Comparison",
    "Robustness",
    "Scores",
    "compare",
    "default_split",
    "evaluate",
    "read_results",
    "score",
    "score_crops",
]
