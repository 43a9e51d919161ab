"""Who may ask: host, origin, token; and what a browser is told."""

import asyncio
import socket

import httpx
import pytest

from mien.errors import SettingsError
from mien.serving.guards import Guard
from mien.serving.metrics import Metrics
from mien.serving.middleware import SecurityMiddleware
from mien.serving.problems import RefusalError, of_status

TOKEN = "a-secret-of-this-test"


def status(guard, path="/v1/detect", secure=False, **headers):
    """Return the status with which a request is refused; None if it is let in."""
    try:
        given = {"host": "localhost:8000", **headers}
        guard.check_site(given, secure)
        guard.check_token(given, path)
    except RefusalError as error:
        return error.status
    return None


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "localhost:8000", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000",
        "192.168.1.7", "faces.example.org", "Faces.Example.org:443", socket.gethostname(),
        "localhost.", "faces.example.org.:8000", "[fe80::1]", "[::ffff:127.0.0.1]:80",
    ],
)  # fmt: skip
def test_own_names_and_numeric_addresses_are_let_in(host):
    assert status(Guard(["faces.example.org"], None), host=host) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.org", "localhost.evil.org", "127.0.0.1.evil.org:8000", "", "[", "a b",
        "localhost/x", "user@localhost", "localhost:port", "0x7f.1", "2130706433", "127.1",
        ".", "localhost..evil.org",
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
        ("http://LOCALHOST:8000", "localhost:8000", False, None),
        ("http://[::1]:8000", "[::1]:8000", False, None),
        # Behind a proxy that has the certificate.
        ("https://faces.example.org", "faces.example.org", False, None),
        ("https://faces.example.org:8443", "faces.example.org:8443", False, None),
        ("https://faces.example.org:8443", "faces.example.org", False, 403),
        # A page that somebody on the way may have changed.
        ("http://faces.example.org", "faces.example.org", True, 403),
        ("http://localhost:8000", "localhost:8000", True, 403),
        ("ws://localhost:8000", "localhost:8000", False, 403),
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
    cookie = guard.cookie_for(TOKEN, 8000, secure=True)
    name_value, *flags = cookie.split("; ")
    assert TOKEN not in cookie
    assert set(flags) == {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"}
    others = 'prefs={"a": 1}; x[y]=z; =; \udc80'
    assert status(guard, cookie=f"{others}; {name_value}; {others}") is None
    assert status(Guard([], TOKEN + "2"), cookie=name_value) == 401


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN.upper(), "\udc80é"])
def test_no_cookie_without_the_token(token):
    assert Guard([], TOKEN).cookie_for(token, 8000, secure=False) is None
    assert Guard([], None).cookie_for(token, 8000, secure=False) is None


def test_names_are_compared_as_browsers_spell_them():
    assert status(Guard(["Bücher.example."], None), host="xn--bcher-kva.example") is None
    with pytest.raises(SettingsError, match="not the name of a host"):
        Guard(["a..b"], None)


@pytest.fixture(scope="module")
def guarded(running):
    """The address of a server that asks for the token."""
    with running(net="lobonet", token=TOKEN) as server:
        yield server.url.split("?")[0]


@pytest.fixture
def http(guarded):
    with httpx.Client(base_url=guarded, trust_env=False, timeout=60, verify=False) as client:
        yield client


BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_a_browser_is_let_in_by_the_address_with_the_token(http):
    assert http.get("/").status_code == 401
    assert http.get("/?token=wrong").status_code == 401
    assert http.get(f"/?token={TOKEN}&token={TOKEN}").status_code == 401
    answer = http.get(f"/?token={TOKEN}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert http.get("/").status_code == 200
    assert http.get("/v1/networks").status_code == 200


@pytest.mark.parametrize("path", ["/", "/docs", "/nowhere", "/?token=wrong"])
def test_a_browser_without_the_token_gets_a_form_for_it(http, path):
    answer = http.get(path, headers=BROWSER)
    assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert '<form method="post" action="/">' in answer.text
    assert ("not the token" in answer.text) is ("wrong" in path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self'" in policy and "unsafe" not in policy
    assert "http:" not in answer.text and "https:" not in answer.text


def test_the_form_with_the_token_lets_a_browser_in(http, guarded):
    own = {**BROWSER, "origin": guarded.rstrip("/")}
    wrong = http.post("/", data={"token": "wrong"}, headers=own)
    assert wrong.status_code == 401 and "not the token" in wrong.text
    foreign = {**BROWSER, "origin": "https://evil.example.org"}
    assert http.post("/", data={"token": TOKEN}, headers=foreign).status_code == 403
    assert http.get("/").status_code == 401
    answer = http.post("/", data={"token": TOKEN}, headers=own)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert http.get("/").status_code == 200


@pytest.mark.parametrize("body", [b"", b"\xff=\x00", b"token=" + b"x" * 100_000, b"&" * 4000])
def test_other_forms_let_nobody_in(http, body):
    assert http.post("/", content=body).status_code == 401
    assert http.get("/").status_code == 401


def test_programs_are_refused_as_programs(http):
    for answer in (http.get("/v1/networks"), http.post("/v1/detect", headers=BROWSER)):
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_query_of_many_fields_is_no_error(http):
    assert http.get("/?" + "&".join(["token=x"] * 40)).status_code == 401


def test_every_answer_carries_the_security_headers(server):
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60, verify=False) as http:
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


@pytest.mark.parametrize(("scheme", "expected"), [("http", None), ("https", "same-origin")])
def test_the_opener_is_kept_out_only_over_https(scheme, expected):
    """Over HTTP, browsers ignore the header, and warn about it."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "scheme": scheme, "method": "GET", "path": "/healthz", "query_string": b"",
        "headers": [(b"host", b"localhost")], "server": ("127.0.0.1", 8000),
    }  # fmt: skip
    middleware = SecurityMiddleware(of_status(404).response(), Guard([], None), Metrics())
    asyncio.run(middleware(scope, None, send))
    headers = dict(sent[0]["headers"])
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers.get(b"cross-origin-opener-policy") == (expected and expected.encode())


def test_a_forged_host_cannot_write_into_the_policy(server):
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60, verify=False) as http:
        answer = http.get("/", headers={"host": "localhost;script-src *"})
        assert answer.status_code == 421
        assert "*" not in answer.headers["content-security-policy"]
