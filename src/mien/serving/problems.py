"""Refusals of requests, as problem details for HTTP APIs (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Response

from mien.errors import MienError, NetError, PictureError, SettingsError
from mien.image.formats import open_header

MEDIA_TYPE = "application/problem+json"


class RefusalError(Exception):
    """A request that is refused.

    Parameters
    ----------
    status
        HTTP status code, 400 and up.
    title
        The kind of problem in a few words, the same whenever it occurs.
    detail
        What is wrong with this request, and how to fix it.
    code
        The kind of `MienError`, if it was one.
    headers
        Further headers of the answer.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.code = code
        self.headers = dict(headers or {})

    def to_dict(self) -> dict[str, object]:
        """Return the members of RFC 9457, and the code."""
        kind = "about:blank" if self.code is None else f"urn:mien:{self.code}"
        fields: dict[str, object] = {
            "type": kind,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        return fields if self.code is None else {**fields, "code": self.code}

    def to_bytes(self) -> bytes:
        """Return the body of the answer."""
        return json.dumps(self.to_dict()).encode()

    def response(self) -> Response:
        """Return the answer."""
        return Response(self.to_bytes(), self.status, self.headers, MEDIA_TYPE)


def of_status(status: int, headers: Mapping[str, str] | None = None) -> RefusalError:
    """Return the problem of a status that the framework itself answers with, such as 404."""
    phrase = HTTPStatus(status).phrase
    details = {
        404: "There is nothing at this address; /docs lists what there is.",
        405: "This address does not take this method; /docs lists what it takes.",
    }
    return RefusalError(status, phrase, details.get(status, f"{phrase}."), headers=headers)


def for_client(error: MienError) -> MienError:
    """Return an error of the library with a fix that a client of the server can follow.

    The library's own limit of pixels is one that only whoever runs the server can change, where it
    has another name.
    """
    if error.setting == "max_faces":
        return type(error)(error.problem, "Cut it into parts.", error.setting)
    if error.setting != "max_megapixels":
        return error
    fix = "Shrink it, or ask whoever runs the server for a higher max_picture."
    return type(error)(error.problem, fix, "max_picture")


def of_error(error: MienError, data: bytes | None = None) -> RefusalError:
    """Return the problem of an error of the library.

    Parameters
    ----------
    error
        What reading raised.
    data
        The picture that was read.
    """
    error = for_client(error)
    detail = str(error)
    if isinstance(error, PictureError):
        return _of_picture(error, data, detail)
    if isinstance(error, NetError | SettingsError):
        return RefusalError(422, "Setting not accepted", detail, error.code)
    return RefusalError(422, "Not readable", detail, error.code)


def _of_picture(error: PictureError, data: bytes | None, detail: str) -> RefusalError:
    """Tell apart a picture that is too large, that is none, and that is damaged."""
    if error.setting == "max_picture":
        return RefusalError(413, "Picture too large", detail, error.code)
    if error.setting == "max_faces":
        return RefusalError(413, "Too many faces", detail, error.code)
    if data is not None and not _has_known_format(data):
        return RefusalError(415, "Not a picture", detail, error.code)
    return RefusalError(422, "Damaged picture", detail, error.code)


def _has_known_format(data: bytes) -> bool:
    """Return whether bytes begin like a picture that could be read if it were whole."""
    try:
        open_header(data, "the picture")
    except PictureError:
        return False
    # Broad on purpose: what Pillow's readers raise for damaged files shares no base class.
    except Exception:
        return True
    return True
