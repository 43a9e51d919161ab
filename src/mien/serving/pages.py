"""The files of the pages that browsers open: the camera's, and the description of the API."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi import APIRouter, Response

from mien.serving.problems import of_status

_PAGE = Path(__file__).parent / "page"
_REFERENCE = Path(__file__).parent / "reference"

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}

_NAME = re.compile(r"(?:[A-Za-z0-9_-]+/)*[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.[a-z0-9]+")
"""A path of plain names: no part begins with a dot, so none leads out of the folder."""

_LONGEST = 200
"""Signs of such a path; file systems refuse longer names with an error."""

router = APIRouter()


@router.api_route("/docs", methods=["GET", "HEAD"], include_in_schema=False)
async def reference() -> Response:
    """Return the page that describes the API."""
    return find_file("docs/index.html")


@router.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
async def page() -> Response:
    """Return the camera's page."""
    return find_file("index.html")


def find_file(address: str) -> Response:
    """Return a file of a page.

    Parameters
    ----------
    address
        Without the slash at its beginning.

    Raises
    ------
    RefusalError
        404 if there is none.
    """
    first, _, rest = address.partition("/")
    folder, name = (_REFERENCE, rest) if first == "docs" else (_PAGE, address)
    path = folder / name
    kind = _TYPES.get(path.suffix)
    plain = len(name) <= _LONGEST and _NAME.fullmatch(name) is not None
    if kind is None or not plain or not path.is_file():
        raise of_status(404)
    return Response(path.read_bytes(), media_type=kind)
