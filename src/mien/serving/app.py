"""Puts the server's application together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from mien.serving import answers, api, pages, stream
from mien.serving.guards import Guard
from mien.serving.middleware import SecurityMiddleware
from mien.serving.problems import RefusalError, of_status
from mien.serving.service import Service

_ABOUT = (
    "Reads facial expressions in pictures and in streams of frames. Pictures are read in memory:"
    " they are never written to the disk or the log. An expression is not a feeling."
)


_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "What `mien serve` prints, where it asks for a token.",
}


def make_app(service: Service, guard: Guard) -> ASGIApp:
    """Return the ASGI application of a server.

    Parameters
    ----------
    service
        Networks, threads and limits; closed when the server stops.
    guard
        Decides who may ask.
    """
    from mien import __version__

    app = FastAPI(
        title="mien",
        version=__version__,
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.service = service
    app.include_router(api.router)
    app.include_router(stream.router)
    app.include_router(pages.router)
    app.add_exception_handler(RefusalError, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _broken)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return SecurityMiddleware(app, guard, service.metrics)


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Take requests from the start to the stop of the server, and finish what was taken."""
    service: Service = app.state.service
    service.ready = True
    try:
        yield
    finally:
        service.ready = False
        service.workers.close()


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusalError)
    return error.response()


async def _invalid(request: Request, error: Exception) -> Response:
    """Answer a query that is out of range."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"] if part != "query")
    detail = f"{name}: {first['msg']}."
    return RefusalError(422, "Setting not accepted", detail, "setting").response()


async def _refused(request: Request, error: Exception) -> Response:
    """Answer what is not an address of the API: with a file of a page, or a refusal."""
    assert isinstance(error, HTTPException)
    if error.status_code == 404 and request.method == "GET":
        with contextlib.suppress(RefusalError):
            return pages.find_file(request.url.path.removeprefix("/"))
    return of_status(error.status_code, error.headers).response()


async def _broken(request: Request, error: Exception) -> Response:
    """Answer after a mistake of the server's own, which is printed where it runs."""
    return RefusalError(500, "Server error", "The server made a mistake.").response()


def _openapi(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description, with the types that the responses refer to."""
    if app.openapi_schema is None:
        description = FastAPI.openapi(app)
        _add_types(description)
        _drop_default_refusals(description)
        description["components"]["securitySchemes"] = {"token": _TOKEN}
        description["security"] = [{}, {"token": []}]
        app.openapi_schema = description
    return app.openapi_schema


def _add_types(description: dict[str, Any]) -> None:
    """Add the types of `mien.serving.answers`."""
    schemas = description.setdefault("components", {}).setdefault("schemas", {})
    for model in (
        answers.PictureAnswer,
        answers.FailureAnswer,
        answers.CropAnswer,
        answers.ProblemAnswer,
    ):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    # Not by the model, which would sort its keys.
    schemas["PictureAnswer"]["examples"] = [answers.EXAMPLE]


def _drop_default_refusals(description: dict[str, Any]) -> None:
    """Drop FastAPI's own form of a 422, which is answered as a problem."""
    for kind in ("HTTPValidationError", "ValidationError"):
        description["components"]["schemas"].pop(kind, None)
