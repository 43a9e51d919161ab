"""Finds the certificate for HTTPS, or makes one on a machine that has none."""

from __future__ import annotations

import contextlib
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
from mien.files import begin, cache_folder, cannot_write, make_folder, write
from mien.serving.addresses import ascii_name
from mien.settings import ServeSettings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import GeneralName

DAYS = 397
"""Days for which it is valid; browsers refuse longer ones."""

_MIN_DAYS = 7
"""A certificate that is valid for fewer days is renewed."""


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


def find_certificate(settings: ServeSettings, names: Iterable[str] = ()) -> Certificate | None:
    """Return the certificate for HTTPS, if it is asked for.

    Parameters
    ----------
    settings
        How the server runs.
    names
        Names and addresses of the server that a self-signed certificate must have.

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
        return own_certificate(names)
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise SettingsError(
            "HTTPS needs a certificate and its key, and only one of them was given.",
            "Give both.",
            "key" if key is None else "certificate",
        )
    _check_pair(certificate, key)
    _check_end(certificate)
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


def _check_end(path: Path) -> None:
    """Refuse a certificate that browsers refuse because its time is over."""
    require("cryptography.x509", "serve")
    from cryptography import x509

    end = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    if end < datetime.datetime.now(datetime.UTC):
        raise SettingsError(
            f"The certificate {path} was valid until {end:%Y-%m-%d}.", "Renew it.", "certificate"
        )


def own_certificate(names: Iterable[str]) -> Certificate:
    """Return this machine's self-signed certificate, made the first time and then kept.

    Parameters
    ----------
    names
        Names and addresses of the server, besides this machine's own; if the one in the cache
        does not have them, another is made with the same key.

    Raises
    ------
    SettingsError
        If no host can have one of the names.
    OutputError
        If the cache cannot be written to.
    MissingExtraError
        If the package cryptography is not installed.
    """
    require("cryptography.x509", "serve")
    folder = cache_folder() / "certificates"
    certificate = Certificate(folder / "certificate.pem", folder / "key.pem")
    needed = {*_names_of_this_machine(), *map(ascii_name, names)}
    if not _serves(certificate, needed):
        make_folder(folder)
        _make(certificate, needed)
    return certificate


def _names_of_this_machine() -> set[str]:
    names = {"localhost", "127.0.0.1", "::1"}
    # Some systems allow names that no certificate can have.
    with contextlib.suppress(SettingsError):
        own = ascii_name(socket.gethostname())
        names |= {own, f"{own}.local"}
    return names


def _serves(certificate: Certificate, names: set[str]) -> bool:
    """Return whether the certificate in the cache is valid for all names and long enough."""
    from cryptography import x509

    try:
        current = x509.load_pem_x509_certificate(certificate.path.read_bytes())
        extension = current.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    key = _read_key(certificate.key)
    alternatives = extension.value
    have = {*alternatives.get_values_for_type(x509.DNSName)}
    have |= {str(one) for one in alternatives.get_values_for_type(x509.IPAddress)}
    left = current.not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    fits = key is not None and key.public_key() == current.public_key()
    return fits and names <= have and left.days >= _MIN_DAYS


def _make(certificate: Certificate, names: set[str]) -> None:
    """Write a certificate for the key in the cache, or for a new one."""
    key = _read_key(certificate.key)
    if key is None:
        certificate.key.unlink(missing_ok=True)
        _make_key(certificate.key)
        key = _read_key(certificate.key)
        assert key is not None
    write(certificate.path, _sign(key, names))


def _read_key(path: Path) -> EllipticCurvePrivateKey | None:
    """Return the key in the cache; None if there is none, or it is damaged."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, EllipticCurvePrivateKey) else None


def _make_key(path: Path) -> None:
    """Write a new key for the user alone; if another process was faster, its key stays.

    So all servers that start at once have one key, and each of their certificates fits it.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    secret = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    part = begin(path)
    try:
        part.write_bytes(secret)
        _put_first(part, path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def _put_first(part: Path, path: Path) -> None:
    """Give a file its name unless there is one of that name."""
    try:
        os.link(part, path)
    except FileExistsError:
        return
    except OSError:
        # Some file systems have no links.
        part.replace(path)


def _sign(key: EllipticCurvePrivateKey, names: set[str]) -> bytes:
    """Return a certificate that the key signs itself, in PEM format."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "this machine's mien")])
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    signed = (
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
    return signed.public_bytes(Encoding.PEM)


def _general_name(name: str) -> GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
