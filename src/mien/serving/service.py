"""What all requests of a server share: networks, threads, limits, counters."""

from __future__ import annotations

import dataclasses
from functools import cached_property

from mien.serving.metrics import Metrics
from mien.serving.networks import Networks
from mien.serving.workers import Workers
from mien.settings import ServeSettings


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a server takes."""

    body: int
    """Bytes of a request, and of a frame."""
    connections: int
    streams: int
    frames_per_second: float
    """Of one stream."""
    deadline: float
    """Seconds for a request to arrive, and again to be worked on."""

    @classmethod
    def of(cls, settings: ServeSettings) -> Limits:
        """Take the limits from the settings."""
        return cls(
            body=round(settings.max_body * 1e6),
            connections=settings.max_connections,
            streams=settings.max_streams,
            frames_per_second=settings.max_fps,
            deadline=settings.deadline,
        )


class Service:
    """What all requests share.

    Parameters
    ----------
    settings
        How the server runs.
    networks
        The networks that requests can name.
    """

    def __init__(self, settings: ServeSettings, networks: Networks) -> None:
        self.limits = Limits.of(settings)
        self.networks = networks
        self.workers = Workers(settings.at_once, settings.max_requests, settings.deadline)
        self.metrics = Metrics()
        self.streams = 0
        """Open streams."""
        self.ready = False
        """Whether requests are taken; not yet while it starts, no longer while it stops."""
        self.metrics.gauge("mien_streams", "Open streams of frames.", lambda: self.streams)
        self.metrics.gauge(
            "mien_requests", "Requests that are worked on or wait.", lambda: self.workers.admitted
        )

    @cached_property
    def described_networks(self) -> list[dict[str, object]]:
        """The networks as `answers.NetworkAnswer` has them; slow the first time."""
        return [
            {
                "name": name,
                "default": name == self.networks.default,
                "available": here,
                "description": info.description,
                "classes": info.classes.to_list(),
                "parameters": info.parameters,
                "bytes": info.size,
                "sha256": info.sha256,
                "licence": info.licence,
                "intended_use": info.intended_use,
            }
            for name, (info, here) in self.networks.infos().items()
        ]
