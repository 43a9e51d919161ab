"""The results of measuring networks, as frozen types.

Every function of `mien.evaluation` returns one of these; JSON is their dump, and reads back.
Results that older versions of mien wrote are read too: what they did not know is None, and their
classes are FER-2013's.
"""

from mien.evaluation.results.base import (
    SIGNIFICANCE,
    Matrix,
    Range,
    Result,
    Share,
    Shares,
    checked,
    to_json,
)
from mien.evaluation.results.comparison import (
    Comparison,
    Difference,
    DifferenceIntervals,
    McNemar,
    Side,
)
from mien.evaluation.results.parts import (
    Agreed,
    Column,
    Conformal,
    Gap,
    Group,
    Headline,
    HeadlineIntervals,
    Selective,
    SelectiveIntervals,
    SetIntervals,
    SetScores,
    VoteIntervals,
    Votes,
    VoteShares,
)
from mien.evaluation.results.robustness import (
    Cell,
    Corruption,
    MeanAccuracy,
    Robustness,
    RobustnessSummary,
)
from mien.evaluation.results.scores import (
    BaseScores,
    Bin,
    Bootstrap,
    Excluded,
    Intervals,
    Scores,
    read_results,
)

__all__ = [
    "SIGNIFICANCE",
    "Agreed",
    "BaseScores",
    "Bin",
    "Bootstrap",
    "Cell",
    "Column",
    "Comparison",
    "Conformal",
    "Corruption",
    "Difference",
    "DifferenceIntervals",
    "Excluded",
    "Gap",
    "Group",
    "Headline",
    "HeadlineIntervals",
    "Intervals",
    "Matrix",
    "McNemar",
    "MeanAccuracy",
    "Range",
    "Result",
    "Robustness",
    "RobustnessSummary",
    "Scores",
    "Selective",
    "SelectiveIntervals",
    "SetIntervals",
    "SetScores",
    "Share",
    "Shares",
    "Side",
    "VoteIntervals",
    "VoteShares",
    "Votes",
    "checked",
    "read_results",
    "to_json",
]
