"""Who may ask: host, origin, token; and what a browser is told."""

import socket

import httpx
import pytest

from mien.serving.addresses import is_local
from mien.serving.guards import Guard
from mien.serving.problems import RefusalError

TOKEN = "a-secret-of-this-test"


def status(guard, path="/v1/detect", secure=False, **headers):
    """Return the status with which a request is refused; None if it is let in."""
    try:
        guard.check({"host": "localhost:8000", **headers}, path, secure)
    except RefusalError as error:
        return error.status
    return None


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "localhost:8000", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000",
        "192.168.1.7", "faces.example.org", "Faces.Example.org:443", socket.gethostname(),
    ],
)  # fmt: skip
def test_own_names_and_numeric_addresses_are_let_in(host):
    assert status(Guard(["faces.example.org"], None), host=host) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.org", "localhost.evil.org", "127.0.0.1.evil.org:8000", "", "[", "a b",
        "localhost/x", "user@localhost", "localhost:port", "faces.example.org.", "0x7f.1",
    ],
)  # fmt: skip
def test_other_names_are_refused_so_that_dns_rebinding_fails(host):
    assert status(Guard(["faces.example.org"], None), host=host) == 421


@pytest.mark.parametrize(
    ("origin", "host", "secure", "expected"),
    [
        ("http://localhost:8000", "localhost:8000", False, None),
        ("http://localhost", "localhost:80", False, None),
        ("https://faces.example.org", "faces.example.org", True, None),
        ("http://127.0.0.1:8000", "localhost:8000", False, 403),
        ("http://localhost:9000", "localhost:8000", False, 403),
        ("https://evil.example.org", "localhost:8000", False, 403),
        ("null", "localhost:8000", False, 403),
        ("file://", "localhost:8000", False, 403),
        ("http://localhost:port", "localhost:8000", False, 403),
        ("", "localhost:8000", False, 403),
    ],
)
def test_only_own_pages_may_send(origin, host, secure, expected):
    guard = Guard(["faces.example.org"], None)
    assert status(guard, secure=secure, host=host, origin=origin) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 401),
        ({"authorization": f"Bearer {TOKEN}"}, None),
        ({"authorization": f"bearer  {TOKEN} "}, None),
        ({"authorization": f"Bearer {TOKEN}x"}, 401),
        ({"authorization": f"Bearer {TOKEN[:-1]}"}, 401),
        ({"authorization": f"Basic {TOKEN}"}, 401),
        ({"authorization": "Bearer \udc80é"}, 401),
        ({"authorization": TOKEN}, 401),
        ({"cookie": f"mien-8000={TOKEN}"}, 401),
        ({"cookie": "mien-8000=;;=;\x00"}, 401),
    ],
)
def test_the_token_is_asked_for(headers, expected):
    assert status(Guard([], TOKEN), **headers) == expected


def test_probes_need_no_token():
    assert status(Guard([], TOKEN), "/healthz") is status(Guard([], TOKEN), "/readyz") is None
    assert status(Guard([], TOKEN), "/metrics") == 401


def test_a_cookie_stands_for_the_token_without_holding_it():
    guard = Guard([], TOKEN)
    cookie = guard.cookie_for(f"token={TOKEN}", 8000, secure=True)
    name_value, *flags = cookie.split("; ")
    assert TOKEN not in cookie
    assert set(flags) == {"Path=/", "HttpOnly", "SameSite=Strict", "Secure"}
    assert status(guard, cookie=f"other=1; {name_value}") is None
    assert status(Guard([], TOKEN + "2"), cookie=name_value) == 401


@pytest.mark.parametrize("query", ["", "token=", "token=wrong", f"token={TOKEN}&token={TOKEN}"])
def test_no_cookie_without_the_token(query):
    assert Guard([], TOKEN).cookie_for(query, 8000, secure=False) is None
    assert Guard([], None).cookie_for(query, 8000, secure=False) is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("192.168.1.7", False), ("example.org", False)],
)  # fmt: skip
def test_which_addresses_only_this_machine_reaches(address, expected):
    assert is_local(address) is expected


def test_a_browser_is_let_in_by_the_address_with_the_token(running):
    with running(net="lobonet", token=TOKEN) as server:
        base = server.url.split("?")[0]
        with httpx.Client(base_url=base, trust_env=False, timeout=60) as http:
            assert http.get("/").status_code == 401
            assert http.get("/?token=wrong").status_code == 401
            answer = http.get(f"/?token={TOKEN}")
            assert (answer.status_code, answer.headers["location"]) == (303, "/")
            assert http.get("/").status_code == 200
            assert http.get("/v1/networks").status_code == 200


def test_every_answer_carries_the_security_headers(server):
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as http:
        for path, headers in (
            ("/", {}), ("/docs", {}), ("/healthz", {}), ("/nowhere", {}),
            ("/", {"host": "evil.org"}),
        ):  # fmt: skip
            answer = http.get(path, headers=headers)
            parts = answer.headers["content-security-policy"].split(";")
            policy = dict(part.strip().split(" ", 1) for part in parts)
            assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
            assert policy["script-src"] == policy["style-src"] == "'self'"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["cache-control"] == "no-store"
            assert "access-control-allow-origin" not in answer.headers
            assert "server" not in answer.headers


def test_a_forged_host_cannot_write_into_the_policy(server):
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as http:
        answer = http.get("/", headers={"host": "localhost;script-src *"})
        assert answer.status_code == 421
        assert "*" not in answer.headers["content-security-policy"]
