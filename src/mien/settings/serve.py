"""How the server runs that programs and the camera's page use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from mien.models import DEFAULT
from mien.settings.base import Section

_Port = Annotated[int, Field(ge=0, le=65535)]

_Host = Annotated[str, Field(pattern=r"^[\w-]+(\.[\w-]+)*\.?$", max_length=253)]
"""Name of a host, without scheme, port and path."""

_Token = Annotated[str, Field(pattern=r"^[!-~]*$", min_length=16, max_length=200)]
"""A secret that fits into a header: ASCII without spaces."""


class ServeSettings(Section):
    """How the server is reached, and what it takes."""

    HEADINGS: ClassVar[Mapping[str, str]] = {
        "net": "Reading",
        "address": "Address",
        "token": "Access from other machines",
        "max_body": "Limits",
    }

    net: str = Field(DEFAULT, description="Name of a shipped network, or path of an ONNX file.")
    address: str = Field(
        "127.0.0.1",
        min_length=1,
        description="Address to listen on; 0.0.0.0 is every address of this machine.",
    )
    port: _Port = Field(8000, description="Port to listen on; 0 takes a free one.")
    names: tuple[_Host, ...] = Field(
        (),
        description="Names under which browsers reach the server, besides its address and this"
        " machine's name, such as faces.example.org.",
    )
    token: _Token | None = Field(
        None,
        description="Secret that every request must carry. On an address that other machines can"
        " reach, one is made and printed if unset.",
    )
    auth: bool = Field(
        True, description="Ask for a token on addresses that other machines can reach."
    )
    certificate: Path | None = Field(
        None, description="PEM file with the certificate, for HTTPS; needs the key too."
    )
    key: Path | None = Field(None, description="PEM file with the certificate's private key.")
    self_signed: bool = Field(
        False,
        description="Use HTTPS with a certificate that is made once on this machine. Browsers warn"
        " about it; compare the fingerprint that is printed.",
    )
    max_body: float = Field(
        20.0, gt=0, le=1000, description="Refuse requests with more megabytes than this."
    )
    max_picture: float = Field(
        64.0, gt=0, description="Refuse pictures with more megapixels than this."
    )
    max_requests: int = Field(
        64, ge=1, description="Requests that are worked on or wait; further ones are told to retry."
    )
    max_connections: int = Field(256, ge=1, description="Open connections, all together.")
    max_streams: int = Field(32, ge=1, description="Open streams of frames.")
    max_fps: float = Field(60.0, gt=0, description="Frames read in a second for each stream.")
    deadline: float = Field(
        30.0, gt=0, le=86400, description="Seconds after which a request is given up."
    )
    at_once: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Pictures read at once; one for each processor if unset."
    )


class WebcamSettings(Section):
    """How the camera's page is opened."""

    net: str = Field(DEFAULT, description="Name of a shipped network, or path of an ONNX file.")
    port: _Port = Field(0, description="Port of the page on this machine; 0 takes a free one.")
    browser: bool = Field(True, description="Open the page in the browser.")

    def to_serve(self) -> ServeSettings:
        """Return the settings of the server behind the page, which only this machine reaches."""
        return ServeSettings(net=self.net, port=self.port)
