"""Tells addresses apart: those of this machine alone, those of all, and names."""

from __future__ import annotations

import ipaddress

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104
"""What stands for every address of this machine, of either kind."""


def is_numeric(name: str) -> bool:
    """Return whether a name is a numeric address, which no DNS server can redirect."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_local(address: str) -> bool:
    """Return whether only this machine reaches an address to listen on."""
    if address.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
