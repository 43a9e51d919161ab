"""Counts what the server does, in the text format of Prometheus."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable

_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds of the histogram of times, Prometheus' usual ones."""

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counters of the server; may be shared between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, int]] = Counter()
        self._buckets: Counter[tuple[str, float]] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._counts: Counter[str] = Counter()
        self._gauges: dict[str, tuple[str, Callable[[], float]]] = {}

    def gauge(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Add a number that is asked for when the metrics are."""
        self._gauges[name] = (text, value)

    def count(self, name: str, number: int = 1) -> None:
        """Add to a counter of `_COUNTERS`."""
        with self._lock:
            self._counts[name] += number

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count an answered request.

        Parameters
        ----------
        route
            The address as it is declared, never as it was asked for.
        status
            The HTTP status code.
        seconds
            From its arrival to its answer.
        """
        with self._lock:
            self._requests[route, status] += 1
            self._seconds[route] += seconds
            bound = next((bound for bound in _BOUNDS if seconds <= bound), float("inf"))
            self._buckets[route, bound] += 1

    def text(self) -> str:
        """Return all of them as Prometheus reads them."""
        with self._lock:
            lines = [*self._request_lines(), *self._time_lines(), *self._counter_lines()]
        for name, (text, value) in self._gauges.items():
            lines += [*_head(name, text, "gauge"), f"{name} {value():g}"]
        return "\n".join(lines) + "\n"

    def _request_lines(self) -> list[str]:
        name = "mien_requests_total"
        lines = _head(name, "Requests by address and status.", "counter")
        for (route, status), number in sorted(self._requests.items()):
            lines.append(f'{name}{{route="{route}",status="{status}"}} {number}')
        return lines

    def _time_lines(self) -> list[str]:
        name = "mien_request_seconds"
        lines = _head(name, "Seconds from a request's arrival to its answer.", "histogram")
        for route in sorted(self._seconds):
            total = 0
            for bound in (*_BOUNDS, float("inf")):
                total += self._buckets[route, bound]
                label = "+Inf" if bound == float("inf") else f"{bound:g}"
                lines.append(f'{name}_bucket{{route="{route}",le="{label}"}} {total}')
            lines.append(f'{name}_sum{{route="{route}"}} {self._seconds[route]:.6f}')
            lines.append(f'{name}_count{{route="{route}"}} {total}')
        return lines

    def _counter_lines(self) -> list[str]:
        lines = []
        for name, text in _COUNTERS.items():
            lines += [*_head(name, text, "counter"), f"{name} {self._counts[name]}"]
        return lines


_COUNTERS = {
    "mien_pictures_total": "Pictures read.",
    "mien_faces_total": "Faces read, in pictures, crops and frames.",
    "mien_frames_total": "Frames of streams read.",
    "mien_frames_dropped_total": "Frames of streams that a newer one replaced.",
    "mien_refused_total": "Requests refused because of host, origin or token.",
}


def _head(name: str, text: str, kind: str) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
