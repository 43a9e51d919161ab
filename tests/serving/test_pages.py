"""Only the files of the pages can be read."""

import socket

import httpx
import pytest

from mien.serving.pages import find_file
from mien.serving.problems import RefusalError


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("index.html", "text/html"),
        ("docs/index.html", "text/html"),
        ("docs/reference.js", "text/javascript"),
        ("docs/reference.css", "text/css"),
    ],
)
def test_files_of_the_pages(address, kind):
    answer = find_file(address)
    assert answer.media_type.startswith(kind) and len(answer.body) > 100


@pytest.mark.parametrize(
    "address",
    [
        "", "..", "../run.py", "docs/../run.py", "docs/..", "/etc/passwd", "//etc/passwd", "run.py",
        "index.html/", "index.html\x00.css", "./index.html", "docs//index.html", ".hidden.html",
        "..\\page\\index.html", "docs", "C:/index.html", "a/../index.html", "index.html\n",
        "%2e%2e/page/index.html", "x" * 300 + ".html",
    ],
)  # fmt: skip
def test_nothing_else(address):
    with pytest.raises(RefusalError) as refusal:
        find_file(address)
    assert refusal.value.status == 404


@pytest.mark.parametrize(
    "target",
    [
        "/../app.py", "/..%2fapp.py", "/%2e%2e/app.py", "/docs/..%2f..%2fapp.py", "/..%5capp.py",
        "/%2fetc/passwd", "//etc/passwd", "/page/index.html", "/%00", "/docs/%2e%2e/app.py",
    ],
)  # fmt: skip
def test_no_path_of_the_machine_is_readable(server, target):
    request = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), 60) as raw:
        raw.sendall(request.encode())
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answer.split(b"\r\n")[0] == b"HTTP/1.1 404 Not Found"
    assert b"make_app" not in answer


def test_pages_load_nothing_from_elsewhere(server):
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60, verify=False) as http:
        for path in ("/docs", "/docs/reference.js", "/docs/reference.css"):
            answer = http.get(path)
            assert answer.status_code == 200
            assert "http://" not in answer.text and "https://" not in answer.text
        assert http.head("/docs").status_code == 200
