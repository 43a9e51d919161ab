"""HTTPS: the user's certificate, or one of this machine's own."""

import errno
import socket
import ssl
import stat
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from mien.client import Client
from mien.errors import OutputError, SettingsError
from mien.serving.certificates import find_certificate, own_certificate
from mien.settings import ServeSettings


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "cache"))
    return own_certificate(["faces.example.org", "192.168.1.7"])


def test_it_is_made_once_for_all_names_and_its_key_is_private(own):
    from cryptography import x509

    again = own_certificate(["192.168.1.7"])
    assert again.fingerprint == own.fingerprint and again.path == own.path
    assert stat.S_IMODE(own.key.stat().st_mode) == 0o600
    made = x509.load_pem_x509_certificate(own.path.read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"localhost", "faces.example.org"} <= set(names.get_values_for_type(x509.DNSName))
    addresses = set(map(str, names.get_values_for_type(x509.IPAddress)))
    assert addresses == {"127.0.0.1", "::1", "192.168.1.7"}
    assert (made.not_valid_after_utc - made.not_valid_before_utc).days == 397


def test_another_name_needs_another_one(own):
    before = own.fingerprint
    assert own_certificate(["other.example.org"]).fingerprint != before


def test_one_that_ends_soon_or_is_damaged_is_made_again(own, monkeypatch):
    before = own.fingerprint
    monkeypatch.setattr("mien.serving.certificates._MIN_DAYS", 400)
    soon = own_certificate([]).fingerprint
    monkeypatch.undo()
    assert soon != before


def test_a_key_that_is_damaged_or_of_another_certificate_is_made_again(own, tmp_path, monkeypatch):
    before = own.fingerprint
    own.key.write_text("no key")
    assert own_certificate([]).fingerprint != before
    find_certificate(settings(certificate=own.path, key=own.key))
    certificate = own.path.read_bytes()
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "second"))
    other = own_certificate([])
    other.path.write_bytes(certificate)
    own_certificate([])
    find_certificate(settings(certificate=other.path, key=other.key))


def test_servers_that_start_at_once_have_one_key(tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path))
    with ThreadPoolExecutor(8) as pool:
        pairs = list(pool.map(lambda _: own_certificate([]), range(8)))
    assert len(set(pairs)) == 1
    find_certificate(settings(certificate=pairs[0].path, key=pairs[0].key))
    assert {path.name for path in pairs[0].path.parent.iterdir()} == {"certificate.pem", "key.pem"}


def test_a_file_system_without_links_keeps_the_key_too(tmp_path, monkeypatch):
    def refuse(source, target):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setenv("MIEN_CACHE", str(tmp_path))
    monkeypatch.setattr("os.link", refuse)
    own = own_certificate([])
    find_certificate(settings(certificate=own.path, key=own.key))
    assert stat.S_IMODE(own.key.stat().st_mode) == 0o600


def test_names_with_other_letters_are_those_of_browsers(own):
    from cryptography import x509

    made = x509.load_pem_x509_certificate(own_certificate(["Bücher.example"]).path.read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "xn--bcher-kva.example" in names.get_values_for_type(x509.DNSName)
    # A machine may have a name that no certificate can have.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "gethostname", lambda: "x" * 64)
        assert own_certificate([]).fingerprint


def test_a_certificate_whose_time_is_over_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path))
    # From an hour ago on, for a quarter of an hour.
    monkeypatch.setattr("mien.serving.certificates.DAYS", 0.01)
    own = own_certificate([])
    with pytest.raises(SettingsError, match="was valid until 20"):
        find_certificate(settings(certificate=own.path, key=own.key))


def test_a_cache_that_cannot_be_written_to_is_a_sentence(tmp_path, monkeypatch):
    def refuse(*values, **options):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setenv("MIEN_CACHE", str(tmp_path))
    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(OutputError, match="Read-only file system"):
        own_certificate([])


def test_the_fingerprint_is_that_of_browsers(own):
    parts = own.fingerprint.split(":")
    assert len(parts) == 32 and all(len(part) == 2 for part in parts)
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    made = x509.load_pem_x509_certificate(own.path.read_bytes())
    assert made.fingerprint(hashes.SHA256()).hex().upper() == "".join(parts)


def test_https_with_a_token_on_every_address(running, own, photo):
    with running(net="lobonet", address="0.0.0.0", self_signed=True) as server:
        assert server.is_exposed and len(server.token) >= 32
        assert server.url == f"https://127.0.0.1:{server.port}/?token={server.token}"
        assert server.certificate.fingerprint
        trusting = ssl.create_default_context(cafile=str(server.certificate.path))
        with httpx.Client(verify=trusting, trust_env=False, timeout=60) as http:
            assert http.get(server.url).headers["set-cookie"].endswith("; Secure")
            refused = httpx.post(
                f"https://127.0.0.1:{server.port}/v1/detect", content=photo, verify=trusting
            )
            assert refused.status_code == 401
        with Client(server.url, token=server.token, certificate=server.certificate.path) as client:
            assert client.detect(photo)[0].expression == "happy"
            assert next(client.watch([(0.0, photo)]))[0].face_id == 0


def settings(**fields):
    return ServeSettings.model_validate(fields)


def test_a_users_certificate_is_taken_as_it_is(own):
    given = find_certificate(settings(certificate=own.path, key=own.key))
    assert (given.path, given.key) == (own.path, own.key)
    assert find_certificate(settings()) is None


def test_what_does_not_fit_is_a_sentence(own, tmp_path):
    other = tmp_path / "other.pem"
    other.write_text("no certificate")
    for fields, text, setting in (
        ({"certificate": own.path}, "only one of them was given", "key"),
        ({"key": own.key}, "only one of them was given", "certificate"),
        ({"certificate": own.path, "key": tmp_path / "none.pem"}, "Cannot read", "key"),
        ({"certificate": other, "key": own.key}, "not a certificate and its key", "certificate"),
        ({"certificate": own.path, "key": own.path}, "not a certificate", "certificate"),
        ({"certificate": own.path, "key": own.key, "self_signed": True}, "self-signed",
         "self_signed"),
    ):  # fmt: skip
        with pytest.raises(SettingsError, match=text) as error:
            find_certificate(settings(**fields))
        assert error.value.setting == setting


def test_a_key_of_another_certificate_is_refused(own, tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "second"))
    other = own_certificate([])
    with pytest.raises(SettingsError, match="key values mismatch"):
        find_certificate(settings(certificate=own.path, key=other.key))


def test_a_key_with_a_password_is_refused_without_asking(own, tmp_path):
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(own.key.read_bytes(), None)
    locked = tmp_path / "locked.pem"
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    with pytest.raises(SettingsError, match="without a password"):
        find_certificate(settings(certificate=own.path, key=locked))
