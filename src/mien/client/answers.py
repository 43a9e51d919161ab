"""What requests hold and answers mean, for both clients."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

import numpy as np
from numpy.typing import NDArray

from mien.classes import Vocabulary
from mien.errors import MienError, NetError, PictureError, ServerError, SettingsError
from mien.perception.face import Face
from mien.perception.picture import Failure, Picture
from mien.perception.pixels import Source, source_name

ERRORS: dict[str, type[MienError]] = {
    kind.code: kind for kind in (PictureError, NetError, SettingsError)
}
"""What the library raises, by the codes of the server's answers."""

_TOKEN = re.compile("[!-~]+")
"""What fits into a header."""

Frame = tuple[float, Source]
"""A frame's time in seconds, and its picture."""


@dataclasses.dataclass(frozen=True)
class Network:
    """A network that the server reads with."""

    name: str
    default: bool
    """Whether it reads unless another is named."""
    available: bool
    """Whether its weights are on the server's machine."""
    description: str
    vocabulary: Vocabulary
    """Its classes."""
    parameters: int
    """Number of trained weights."""
    sha256: str
    licence: str
    intended_use: str


class Connection:
    """What both clients share: addresses, bodies of requests, and results."""

    def __init__(self, url: str, token: str | None) -> None:
        parts = _parts(url)
        self.url = f"{parts.scheme}://{parts.netloc}"
        """The server's address, without a path."""
        # The address that the server printed has the token, and can be given as it is.
        token = token or parse_qs(parts.query).get("token", [None])[0]
        if token is not None and not _TOKEN.fullmatch(token):
            raise SettingsError("Expected a token of ASCII signs without spaces.", "", "token")
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._networks: tuple[Network, ...] = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    @property
    def _stream_url(self) -> str:
        return f"ws{self.url.removeprefix('http')}/v1/stream"

    def _is_known(self, answer: Any) -> bool:
        """Return whether the classes of all pictures of an answer are known."""
        known = {network.name for network in self._networks}
        pictures = answer if isinstance(answer, list) else [answer]
        return all(_name(one["network"]) in known for one in pictures if "network" in one)

    def _vocabulary(self, network: str) -> Vocabulary:
        """Return the classes of what read a picture."""
        return {one.name: one.vocabulary for one in self._networks}[_name(network)]

    def _picture(self, fields: Mapping[str, Any], source: object) -> Picture:
        """Return a picture from its answer."""
        vocabulary = self._vocabulary(fields["network"])
        return Picture(
            source=source_name(source),
            width=fields["width"],
            height=fields["height"],
            faces=tuple(
                _face(one, number, vocabulary) for number, one in enumerate(fields["faces"])
            ),
            network=fields["network"],
            vocabulary=vocabulary,
            time=fields.get("time"),
        )

    def _result(self, fields: Mapping[str, Any], source: object) -> Picture | Failure:
        """Return one of several pictures, or why it could not be read."""
        if "error" not in fields:
            return self._picture(fields, source)
        error = ERRORS.get(fields["code"], ServerError)(fields["error"])
        return Failure(source_name(source), error)

    def _probabilities(
        self, answers: Sequence[Mapping[str, Any]], crops: Sequence[object]
    ) -> NDArray[np.float32]:
        """Return the rows of crops, or raise why one could not be read."""
        rows = []
        for answer, _ in zip(answers, crops, strict=True):
            if "error" in answer:
                raise ERRORS.get(answer["code"], ServerError)(answer["error"])
            rows.append(list(answer["probabilities"].values()))
        return np.array(rows, np.float32)


def _parts(url: str) -> SplitResult:
    """Take a server's address apart."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise SettingsError(
            f"Expected the address of a server, got {url!r}.",
            "Write it as http://127.0.0.1:8000, without a path.",
        )
    return parts


def _name(network: str) -> str:
    """Return a network's name without how it read."""
    return network.removesuffix(" with flip TTA")


def parse_networks(answer: Mapping[str, Any]) -> tuple[Network, ...]:
    """Return the networks that a server lists."""
    return tuple(
        Network(
            name=one["name"],
            default=one["default"],
            available=one["available"],
            description=one["description"],
            vocabulary=Vocabulary.from_list(one["classes"]),
            parameters=one["parameters"],
            sha256=one["sha256"],
            licence=one["licence"],
            intended_use=one["intended_use"],
        )
        for one in answer["networks"]
    )


def _face(fields: Mapping[str, Any], number: int, vocabulary: Vocabulary) -> Face:
    """Return a face from its answer; it has no crop."""
    x, y, width, height = fields["box"]
    raw = fields.get("raw_probabilities")
    return Face(
        box=(x, y, width, height),
        landmarks=np.array(fields["landmarks"], np.float32),
        probabilities=np.array(list(fields["probabilities"].values()), np.float32),
        score=fields["score"],
        vocabulary=vocabulary,
        sure=fields["sure"],
        angle=fields["angle"],
        doubt=fields["doubt"],
        neutral=fields.get("neutral"),
        face_id=fields.get("face_id", number),
        raw_probabilities=None if raw is None else np.array(list(raw.values()), np.float32),
        shown=None if raw is None else vocabulary.index(fields["expression"]),
    )
