"""Names for the arrays that are measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float32]
"""``float32 [N, 7]``, rows summing to 1."""

Labels = NDArray[np.int8]
"""``int8 [N]``, 0 to 6."""
