"""Takes the port that the server listens on."""

from __future__ import annotations

import errno
import socket

from mien.errors import SettingsError


def listen(address: str, port: int) -> socket.socket:
    """Take a port.

    Raises
    ------
    SettingsError
        If it is in use or may not be taken, or the address is not this machine's.
    """
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise SettingsError(
            f"{address!r} is not an address of this machine: {error}.",
            "Use 127.0.0.1 for this machine alone, or 0.0.0.0 for all its addresses.",
            "address",
        ) from None
    try:
        # A port whose last server has just ended can be taken at once; one in use cannot.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise _not_taken(error, address, port) from None
    return listening


def _not_taken(error: OSError, address: str, port: int) -> SettingsError:
    """Say why a port could not be taken."""
    if error.errno == errno.EADDRINUSE:
        return SettingsError(
            f"Port {port} is in use by another program.",
            "Choose another port, or 0 for a free one.",
            "port",
        )
    if error.errno == errno.EACCES:
        return SettingsError(
            f"Port {port} may not be used without special rights.",
            "Choose a port from 1024 up.",
            "port",
        )
    return SettingsError(
        f"Cannot listen on {address}: {error.strerror or error}.",
        "Use 127.0.0.1 for this machine alone, or 0.0.0.0 for all its addresses.",
        "address",
    )
