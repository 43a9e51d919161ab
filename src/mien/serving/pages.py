"""The pages that browsers open: the camera's, the API's description, the form for the token."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from fastapi import APIRouter, Response

from mien.serving.problems import of_status

_PAGE = Path(__file__).parent / "page"
_REFERENCE = Path(__file__).parent / "reference"
_SIGN_IN = Path(__file__).parent / "sign_in.html"

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

_MAX_LENGTH = 200
"""Signs of such a path; file systems refuse longer names with an error."""

router = APIRouter()


@router.get("/docs", include_in_schema=False)
async def reference() -> Response:
    """Return the page that describes the API."""
    return find_file("docs/index.html")


@router.get("/", include_in_schema=False)
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
    plain = len(name) <= _MAX_LENGTH and _NAME.fullmatch(name) is not None
    if kind is None or not plain or not path.is_file():
        raise of_status(404)
    return Response(path.read_bytes(), media_type=kind)


def sign_in_page(wrong: bool) -> tuple[dict[str, str], bytes]:
    """Return headers and content of the form for the token, which loads nothing else.

    Parameters
    ----------
    wrong
        Whether a wrong token was sent.
    """
    text = _SIGN_IN.read_text(encoding="utf-8")
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'none'"
    )
    headers = {
        "content-type": _TYPES[".html"],
        "content-security-policy": policy,
        # Under the stricter policy of the other pages, browsers would send the form without
        # saying from which page it comes.
        "referrer-policy": "same-origin",
        "www-authenticate": "Bearer",
    }
    problem = "This is not the token. Tokens differ in capital letters." if wrong else ""
    return headers, text.replace("<!-- problem -->", problem).encode()
