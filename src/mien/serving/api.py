"""The addresses that programs ask."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from mien.errors import MienError
from mien.serving import reading
from mien.serving.answers import (
    CropAnswer,
    FailureAnswer,
    NetworksAnswer,
    PictureAnswer,
    ProblemAnswer,
    StatusAnswer,
)
from mien.serving.batching import SharedReader
from mien.serving.bodies import Upload, Uploads, read_uploads
from mien.serving.metrics import MEDIA_TYPE as METRICS_TYPE
from mien.serving.problems import MEDIA_TYPE as PROBLEM_TYPE
from mien.serving.problems import RefusalError, of_error
from mien.serving.service import Service

router = APIRouter()


class _Net(BaseModel):
    """The query of /v1/classify; a name that is not known is refused, since it may be misspelt."""

    model_config = ConfigDict(extra="forbid")

    net: str | None = Field(None, max_length=100, description="Name from `/v1/networks`.")


class _Options(_Net):
    """The query of /v1/detect."""

    min_confidence: float = Field(
        0.0, ge=0, le=1, description="A face with a lower confidence is not `sure`."
    )
    explain: bool = Field(
        False, description="Add a map of what the expression of each face came from."
    )
    annotate: Literal["png"] | None = Field(
        None, description="Answer with the picture, its faces drawn."
    )


_WHY = {
    400: "No picture, or a form that is cut off.",
    401: "The token is missing or wrong.",
    403: "The request comes from a page of another site.",
    408: "The picture took too long to arrive.",
    413: "Too many bytes, pixels or pictures.",
    415: "Not a picture.",
    421: "The server is not reached under this name.",
    422: "A damaged picture, or a setting out of range.",
    503: "Too busy, or too slow; `Retry-After` says when to try again.",
}


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe refusals; those of the guards can happen everywhere."""
    return {
        status: {
            "description": _WHY[status],
            "content": {PROBLEM_TYPE: {"schema": _schema(ProblemAnswer)}},
        }
        for status in sorted({401, 403, 421, *statuses})
    }


def _schema(model: type) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _or_list(one: type, *entries: type) -> dict[str, Any]:
    """Describe an answer for one picture, or a list of them for a form."""
    items = {"anyOf": [_schema(entry) for entry in entries]}
    return {"schema": {"anyOf": [_schema(one), {"type": "array", "items": items}]}}


_BYTES = {"schema": {"type": "string", "format": "binary"}}
_FORM = {
    "schema": {
        "type": "object",
        "properties": {
            "files": {"type": "array", "items": {"type": "string", "format": "binary"}}
        },
        "required": ["files"],
    }
}
_BODY = {
    "required": True,
    "description": "The bytes of a picture, or a form with one file or several. A form is answered"
    " with a list in the same order, where a picture that cannot be read has its error.",
    "content": {
        "application/octet-stream": _BYTES,
        "image/jpeg": _BYTES,
        "image/png": _BYTES,
        "image/webp": _BYTES,
        "multipart/form-data": _FORM,
    },
}


@router.post(
    "/v1/detect",
    summary="Read the faces of pictures",
    response_class=Response,
    openapi_extra={"requestBody": _BODY},
    responses={
        200: {
            "description": "The faces, or the picture with its faces drawn.",
            "content": {
                "application/json": _or_list(PictureAnswer, PictureAnswer, FailureAnswer),
                "image/png": _BYTES,
            },
        },
        **_refusals(400, 408, 413, 415, 422, 503),
    },
)
async def detect(request: Request, options: Annotated[_Options, Query()]) -> Response:
    """Find the faces of pictures, and read their expressions as `mien detect` does.

    With `explain` each face has a map of what its expression came from. With `annotate=png` the
    answer is the picture itself with its faces drawn; it takes one picture.
    """
    service: Service = request.app.state.service
    async with _sent(request, service) as sent:
        reader = await _reader(service, options.net, options.min_confidence, options.explain)
        if options.annotate is None:
            read = partial(_read, service, reader, options.explain)
            return _json(await _answers(service, sent, read))
        if len(sent.uploads) > 1:
            raise RefusalError(422, "One picture at a time", "Send one picture to be drawn on.")
        upload = sent.uploads[0]
        job = partial(reading.annotate, upload, reader, options.explain)
        png = await service.workers.run(partial(reading.or_problem, job, upload.data))
        return Response(png, media_type="image/png")


@router.post(
    "/v1/classify",
    summary="Read crops of faces",
    response_class=Response,
    openapi_extra={"requestBody": _BODY},
    responses={
        200: {
            "description": "The probabilities.",
            "content": {"application/json": _or_list(CropAnswer, CropAnswer, FailureAnswer)},
        },
        **_refusals(400, 408, 413, 415, 422, 503),
    },
)
async def classify(request: Request, options: Annotated[_Net, Query()]) -> Response:
    """Read pictures that show one face and nothing else, as those of FER-2013.

    They are brought to the network's size without changing their aspect ratio.
    """
    service: Service = request.app.state.service
    async with _sent(request, service) as sent:
        reader = await _reader(service, options.net, 0.0, False)
        return _json(await _answers(service, sent, partial(_classify, service, reader)))


@router.get(
    "/v1/networks",
    summary="List the networks",
    response_description="The networks.",
    response_model=NetworksAnswer,
    responses=_refusals(503),
)
async def networks(request: Request) -> Response:
    """List the networks that a request can name, the default first."""
    service: Service = request.app.state.service
    entries = await service.workers.run(lambda: service.described_networks)
    return _json({"networks": entries})


@router.get(
    "/healthz", summary="Whether the server lives", response_model=StatusAnswer,
    response_description="It does.", responses=_refusals(),
)  # fmt: skip
async def health() -> Response:
    """Answer as long as the process works."""
    return _json({"status": "ok"})


@router.get(
    "/readyz", summary="Whether the server takes requests", response_model=StatusAnswer,
    response_description="It does.", responses=_refusals(503),
)  # fmt: skip
async def ready(request: Request) -> Response:
    """Answer once the network is loaded, and until the server is told to stop."""
    service: Service = request.app.state.service
    if not service.ready:
        wait = {"retry-after": "1"}
        raise RefusalError(503, "Not ready", "The server is stopping.", headers=wait)
    return _json({"status": "ok"})


@router.get(
    "/metrics",
    summary="Counters for Prometheus",
    response_class=Response,
    responses={
        200: {
            "description": "Prometheus' text format.",
            "content": {METRICS_TYPE: {"schema": {"type": "string"}}},
        },
        **_refusals(),
    },
)
async def metrics(request: Request) -> Response:
    """Return what was counted since the server started."""
    service: Service = request.app.state.service
    return Response(service.metrics.text(), media_type=METRICS_TYPE)


@contextlib.asynccontextmanager
async def _sent(request: Request, service: Service) -> AsyncIterator[Uploads]:
    """Read the pictures of a request, then hold a place among the requests that are worked on.

    The place is taken last: clients that send slowly would otherwise hold all places.
    """
    service.workers.check_room()
    with service.memory.share() as take:
        sent = await read_uploads(request, service, take)
        with service.workers.place():
            yield sent


async def _reader(
    service: Service, net: str | None, min_confidence: float, explain: bool
) -> SharedReader:
    """Return the reader that a request asks for."""
    try:
        reader = await service.workers.run(
            lambda: service.networks.reader(net, min_confidence)
        )
    except MienError as error:
        raise of_error(error) from None
    if explain and not reader.explains:
        detail = f"The network {reader.info.name} has no heat maps of what its answers come from."
        raise RefusalError(422, "Setting not accepted", detail, "network")
    return reader


async def _answers(
    service: Service, sent: Uploads, read: Callable[[Upload], reading.Answer]
) -> object:
    """Return the answer for one picture, or a list for those of a form."""
    if not sent.several:
        (upload,) = sent.uploads
        job = partial(read, upload)
        return await service.workers.run(partial(reading.or_problem, job, upload.data))
    # No more at once than there are threads, so that one request does not fill the queue.
    room = asyncio.Semaphore(service.workers.threads)

    async def one(upload: Upload) -> reading.Answer:
        async with room:
            job = partial(reading.or_failure, partial(read, upload), upload.name)
            return await service.workers.run(job)

    return await asyncio.gather(*map(one, sent.uploads))


def _read(
    service: Service, reader: SharedReader, explain: bool, upload: Upload
) -> reading.Answer:
    picture = reading.read(upload, reader)
    service.metrics.count("mien_pictures_total")
    service.metrics.count("mien_faces_total", len(picture))
    return reading.answer_of(picture, reader, explain)


def _classify(service: Service, reader: SharedReader, upload: Upload) -> reading.Answer:
    answer = reading.classify(upload, reader)
    service.metrics.count("mien_faces_total")
    return answer


def _json(content: object) -> Response:
    return Response(
        json.dumps(content, ensure_ascii=False, separators=(",", ":")),
        media_type="application/json",
    )
