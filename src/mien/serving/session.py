"""The state of one stream: its network, the faces that it follows, their neutral faces."""

from __future__ import annotations

import dataclasses
import io
import threading
from collections.abc import Collection
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from mien.errors import MienError, SettingsError
from mien.perception.face import Face
from mien.perception.neutral import Neutral
from mien.perception.neutral_in_video import KEPT
from mien.perception.smoothing import SECONDS
from mien.perception.watching import Watch
from mien.serving.batching import SharedReader
from mien.serving.networks import Networks

_MAX_NEUTRALS = 100
"""Neutral faces of one stream, learned or being learned."""

_Message = dict[str, Any]
"""A message of the stream, ready for JSON."""


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Settings(_Command):
    type: Literal["settings"]
    smooth: Annotated[float, Field(ge=0, le=10)] | None = None
    min_confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    net: Annotated[str, Field(max_length=100)] | None = None


class _LearnNeutral(_Command):
    type: Literal["learn_neutral"]
    face_id: Annotated[int, Field(ge=0)]
    seconds: Annotated[float, Field(gt=0, le=KEPT)] = 3.0


class _SetNeutral(_Command):
    type: Literal["set_neutral"]
    face_id: Annotated[int, Field(ge=0)]
    neutral: Neutral | None


class _Reset(_Command):
    type: Literal["reset"]


_COMMANDS: TypeAdapter[_Settings | _LearnNeutral | _SetNeutral | _Reset] = TypeAdapter(
    Annotated[
        _Settings | _LearnNeutral | _SetNeutral | _Reset, Field(discriminator="type")
    ]
)


@dataclasses.dataclass(frozen=True)
class FrameAnswer:
    """The faces of a frame, and messages that are due with them."""

    time: float
    width: int
    height: int
    network: str
    faces: tuple[Face, ...]
    messages: tuple[_Message, ...]
    """Neutral faces that are now learned, or why they are not."""

    def to_dict(self) -> _Message:
        """Return the message about the faces."""
        return {
            "type": "faces",
            "time": self.time,
            "width": self.width,
            "height": self.height,
            "network": self.network,
            "faces": [face.to_dict() for face in self.faces],
        }


class Session:
    """Reads the frames of one stream, one after the other.

    Parameters
    ----------
    networks
        Where the stream's network comes from.
    """

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._smooth = SECONDS
        self._last: float | None = None
        # After the deadline of a frame the next one comes in another thread.
        self._lock = threading.Lock()
        self._begin(networks.reader())

    def read(self, data: bytes, time: float) -> FrameAnswer:
        """Read a frame.

        Parameters
        ----------
        data
            The picture's bytes.
        time
            Of the client's clock, in seconds.

        Raises
        ------
        PictureError
            If the picture cannot be read.
        """
        file = io.BytesIO(data)
        # What errors call it.
        file.name = "the frame"
        image = self.reader.open(file)
        with self._lock:
            picture = self._watch.read(image, time)
            self._last = time
            messages = tuple(self._learn_due(time))
        return FrameAnswer(
            time=time,
            width=picture.width,
            height=picture.height,
            network=picture.network,
            faces=picture.faces,
            messages=messages,
        )

    def execute(self, message: _Message) -> _Message | None:
        """Carry out a command, and return its answer if there is one now.

        Raises
        ------
        SettingsError
            If there is no such command, or a value is out of range.
        NetError
            If there is no such network, or it cannot read against neutral faces.
        """
        command = _parsed(message)
        with self._lock:
            if isinstance(command, _Settings):
                self._set(command)
                return None
            if isinstance(command, _LearnNeutral):
                self._check_room(self._due, command.face_id)
                self._due[command.face_id] = (self._last, command.seconds)
                return None
            if isinstance(command, _SetNeutral):
                self._check_room(self._watch.neutrals, command.face_id)
                self._watch.set_neutral(command.face_id, command.neutral)
                return _about_neutral(command.face_id, command.neutral)
            self._begin(self.reader)
            return {"type": "reset"}

    def _begin(self, reader: SharedReader) -> None:
        """Forget all faces, and read with a network."""
        self.reader = reader
        """What reads the frames."""
        self._watch = Watch(reader, smooth=self._smooth)
        self._due: dict[int, tuple[float | None, float]] = {}
        self._last = None

    def _set(self, command: _Settings) -> None:
        """Change all settings of a command, or none if one cannot be."""
        least = command.min_confidence
        least = self.reader.min_confidence if least is None else least
        reader = self._networks.reader(command.net or self.reader.info.name, least)
        if command.smooth is not None:
            self._smooth = command.smooth
            self._watch.set_smoothing(command.smooth)
        if reader.info.name != self.reader.info.name:
            self._begin(reader)
        self.reader = self._watch.reader = reader

    def _check_room(self, faces: Collection[int], face_id: int) -> None:
        """Refuse more faces than a camera shows; they would fill the memory."""
        if face_id not in faces and len(faces) >= _MAX_NEUTRALS:
            raise SettingsError(
                f"There are {_MAX_NEUTRALS} neutral faces already.", "Reset the stream first."
            )

    def _learn_due(self, now: float) -> list[_Message]:
        """Learn the neutral faces whose time is over."""
        messages = []
        for face_id, (since, seconds) in list(self._due.items()):
            if since is None:
                self._due[face_id] = (now, seconds)
            elif now >= since + seconds:
                del self._due[face_id]
                messages.append(self._learn(face_id, since))
        return messages

    def _learn(self, face_id: int, since: float) -> _Message:
        try:
            neutral = self._watch.learn_neutral(face_id, since)
            self._watch.set_neutral(face_id, neutral)
        except MienError as error:
            return {"type": "error", "title": "Neutral face not learned", "detail": str(error)}
        return _about_neutral(face_id, neutral)


def _parsed(message: _Message) -> _Settings | _LearnNeutral | _SetNeutral | _Reset:
    try:
        return _COMMANDS.validate_python(message)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"][1:]))
        raise SettingsError(
            f"{place}: {first['msg']}." if place else f"{first['msg']}.",
            "See the description of the stream.",
        ) from None


def _about_neutral(face_id: int, neutral: Neutral | None) -> _Message:
    """Return the message that a face is read against a neutral one from now on, or against none."""
    return {
        "type": "neutral",
        "face_id": face_id,
        "neutral": None if neutral is None else neutral.model_dump(mode="json"),
        "doubts": [] if neutral is None else list(neutral.doubts),
    }
