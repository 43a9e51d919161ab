"""Pairs rows with columns so that the costs sum to the least (Kuhn 1955, Munkres 1957)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def assign(costs: NDArray[np.float64], limit: float) -> list[tuple[int, int]]:
    """Return the pairs of rows and columns whose costs, less `limit`, sum to the least.

    Parameters
    ----------
    costs
        ``float64 [N, M]``; pairs that cost `limit` or more, such as infinity, are not made.
    limit
        What it costs to leave a row without a column.

    Returns
    -------
    list of (row, column)
        By row; no row and no column occurs twice.
    """
    allowed = costs < limit
    # Rows and columns that have only each other need no search, and most have.
    alone = allowed & (allowed.sum(axis=1, keepdims=True) == 1) & (allowed.sum(axis=0) == 1)
    pairs = [(int(row), int(column)) for row, column in np.argwhere(alone)]
    rows = np.flatnonzero(allowed.any(axis=1) & ~alone.any(axis=1))
    columns = np.flatnonzero(allowed.any(axis=0) & ~alone.any(axis=0))
    if rows.size:
        # Each row has a column of its own besides, which stands for none.
        gains = np.minimum(costs[np.ix_(rows, columns)] - limit, 1.0)
        padded = np.hstack([np.where(gains < 0, gains, 1.0), np.zeros((len(rows), len(rows)))])
        pairs.extend(
            (int(rows[row]), int(columns[column]))
            for row, column in enumerate(_cheapest(padded)) if column < len(columns)
        )
    return sorted(pairs)


def _cheapest(costs: NDArray[np.float64]) -> list[int]:
    """Return a column for each row, of ``float64 [N, M]`` with N <= M, by shortest paths.

    A row is added at a time. From it, Dijkstra's algorithm looks for the cheapest alternating path
    to a free column, on costs that potentials keep from being negative.
    """
    count, width = costs.shape
    # Row 0 and column 0 stand for the start of a path.
    owner = np.zeros(width + 1, dtype=np.intp)
    row_potential, column_potential = np.zeros(count + 1), np.zeros(width + 1)
    for row in range(1, count + 1):
        owner[0], column = row, 0
        distance = np.full(width + 1, np.inf)
        before = np.zeros(width + 1, dtype=np.intp)
        visited = np.zeros(width + 1, dtype=np.bool_)
        while owner[column]:
            visited[column] = True
            held = owner[column]
            reduced = costs[held - 1] - row_potential[held] - column_potential[1:]
            nearer = np.flatnonzero(~visited[1:] & (reduced < distance[1:])) + 1
            distance[nearer], before[nearer] = reduced[nearer - 1], column
            column = int(np.argmin(np.where(visited, np.inf, distance)))
            step = distance[column]
            row_potential[owner[visited]] += step
            column_potential[visited] -= step
            distance[~visited] -= step
        while column:
            owner[column] = owner[before[column]]
            column = int(before[column])
    result = [0] * count
    for column in range(1, width + 1):
        if owner[column]:
            result[owner[column] - 1] = column - 1
    return result
