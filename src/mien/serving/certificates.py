"""Finds the certificate for HTTPS, or makes one on a machine that has none."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import ipaddress
import os
import socket
import ssl
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mien.errors import SettingsError, require
from mien.files import cache_folder, make_folder, write
from mien.serving.addresses import EVERYWHERE
from mien.settings import ServeSettings

if TYPE_CHECKING:
    from cryptography.x509 import GeneralName

DAYS = 397
"""Days for which it is valid; browsers refuse longer ones."""

_FEWEST_DAYS = 7
"""A certificate that is valid for fewer days is made again."""


@dataclasses.dataclass(frozen=True)
class Certificate:
    """A certificate and its private key."""

    path: Path
    key: Path

    @property
    def fingerprint(self) -> str:
        """SHA-256 as browsers show it, such as ``"3F:0A:..."``."""
        data = ssl.PEM_cert_to_DER_cert(self.path.read_text(encoding="ascii"))
        digest = hashlib.sha256(data).hexdigest().upper()
        return ":".join(digest[place : place + 2] for place in range(0, len(digest), 2))


def find_certificate(settings: ServeSettings) -> Certificate | None:
    """Return the certificate for HTTPS, if it is asked for.

    Raises
    ------
    SettingsError
        If only one of certificate and key is given, or they cannot be used.
    """
    certificate, key = settings.certificate, settings.key
    if settings.self_signed and (certificate or key):
        raise SettingsError(
            "A certificate was given, and a self-signed one was asked for.",
            "Leave out one of them.",
            "self_signed",
        )
    if settings.self_signed:
        return own_certificate((*settings.names, settings.address))
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise SettingsError(
            "HTTPS needs a certificate and its key, and only one of them was given.",
            "Give both.",
            "key" if key is None else "certificate",
        )
    _check_pair(certificate, key)
    return Certificate(certificate, key)


def _check_pair(certificate: Path, key: Path) -> None:
    """Refuse files that TLS cannot work with."""
    for path, setting in ((certificate, "certificate"), (key, "key")):
        try:
            path.read_bytes()
        except OSError as error:
            raise SettingsError(
                f"Cannot read {path}: {error.strerror or error}.", "Name a PEM file.", setting
            ) from None
    try:
        # Without an answer to its question, a key with a password would ask the terminal for it.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, lambda: "")
    except (ssl.SSLError, ValueError, OSError) as error:
        reason = getattr(error, "reason", None) or str(error)
        raise SettingsError(
            f"{certificate} and {key} are not a certificate and its key in PEM format, without a"
            f" password: {reason.replace('_', ' ').lower()}.",
            "Give the two files that belong together.",
            "certificate",
        ) from None


def own_certificate(names: Iterable[str]) -> Certificate:
    """Return this machine's self-signed certificate, made the first time and kept in the cache.

    Parameters
    ----------
    names
        Names and addresses of the server, besides this machine's own; if the one that is kept
        does not have them, another is made.

    Raises
    ------
    OutputError
        If the cache cannot be written to.
    MissingExtraError
        If the package cryptography is not installed.
    """
    require("cryptography.x509", "serve")
    folder = cache_folder() / "certificates"
    certificate = Certificate(folder / "certificate.pem", folder / "key.pem")
    own = socket.gethostname()
    wanted = {"localhost", own, f"{own}.local", "127.0.0.1", "::1", *names} - {*EVERYWHERE}
    if not _serves(certificate, wanted):
        make_folder(folder)
        _make(certificate, wanted)
    return certificate


def _serves(certificate: Certificate, wanted: set[str]) -> bool:
    """Return whether the certificate that is kept is valid for all names, and goes on to be."""
    from cryptography import x509

    try:
        kept = x509.load_pem_x509_certificate(certificate.path.read_bytes())
        certificate.key.read_bytes()
    except (OSError, ValueError):
        return False
    names = kept.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    have = {*names.get_values_for_type(x509.DNSName)}
    have |= {str(one) for one in names.get_values_for_type(x509.IPAddress)}
    left = kept.not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    return wanted <= have and left.days >= _FEWEST_DAYS


def _make(certificate: Certificate, names: set[str]) -> None:
    """Make a key and a certificate, and write them for the user alone."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "this machine's mien")])
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(list(map(_general_name, sorted(names)))), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    certificate.key.unlink(missing_ok=True)
    # Made private before anything is in it.
    os.close(os.open(certificate.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    write(certificate.key, secret)
    write(certificate.path, made.public_bytes(serialization.Encoding.PEM))


def _general_name(name: str) -> GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
