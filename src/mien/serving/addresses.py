"""Where the server listens, and the names and addresses under which it is reached."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket

from mien.errors import SettingsError

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
"""What stands for every address of this machine, and its own address of the same kind."""

_ELSEWHERE = "192.0.2.1"
"""An address that is kept for documentation (RFC 5737): no machine has it."""


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


def is_numeric(name: str) -> bool:
    """Return whether a name is a numeric address, which no DNS server can redirect."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_local(address: str) -> bool:
    """Return whether only this machine reaches a numeric address to listen on."""
    return is_numeric(address) and ipaddress.ip_address(address).is_loopback


def is_everywhere(address: str) -> bool:
    """Return whether a numeric address to listen on is every address of this machine."""
    return address in _EVERYWHERE


def own_address(address: str) -> str:
    """Return where this machine itself reaches a server that listens on a numeric address."""
    return _EVERYWHERE.get(address, address)


def network_address() -> str | None:
    """Return this machine's address in its network; None without one. Nothing is sent."""
    with contextlib.suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as probe:
        # Choosing a peer for datagrams only chooses the way to it.
        probe.connect((_ELSEWHERE, 9))
        address: str = probe.getsockname()[0]
        return None if is_local(address) else address
    return None


def ascii_name(name: str) -> str:
    """Return a host's name as browsers and certificates spell it: lower-case ASCII.

    Raises
    ------
    SettingsError
        If no host can have that name.
    """
    try:
        return name.lower().rstrip(".").encode("idna").decode("ascii")
    except UnicodeError as error:
        raise SettingsError(
            f"{name!r} is not the name of a host: {error}.",
            "Write it as faces.example.org.",
            "names",
        ) from None
