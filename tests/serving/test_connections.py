"""Connections that are too many, too slow, half closed, or not HTTP."""

import json
import socket
import threading
import time

import cv2
import httpx
import numpy as np
import pytest

from mien.serving import connections, reading


def connected(server):
    return socket.create_connection(("127.0.0.1", server.port), 60)


def answer_of(raw):
    """Read an answer until the server closes; return its status and its problem."""
    data = b"".join(iter(lambda: raw.recv(65536), b""))
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def test_what_is_not_http_is_refused_as_a_problem(server):
    with connected(server) as raw:
        raw.sendall(b"\x16\x03\x01 this is TLS, not HTTP\r\n\r\n")
        status, problem = answer_of(raw)
    assert status == problem["status"] == 400 and problem["title"] == "Not HTTP"


def test_one_connection_too_many_is_refused(running):
    with running(net="lobonet", max_connections=2) as server:
        with connected(server) as first, connected(server):
            # Answered once both are known to the server.
            first.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert first.recv(100).startswith(b"HTTP/1.1 200")
            with connected(server) as third:
                status, problem = answer_of(third)
    assert (status, problem["title"]) == (503, "Too many connections")


def test_a_connection_that_sends_no_head_is_closed(running, monkeypatch):
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    with running(net="lobonet") as server:
        with connected(server) as silent, connected(server) as slow:
            slow.sendall(b"GET /healthz HT")
            assert silent.recv(100) == b""
            with pytest.raises(ConnectionResetError):
                if slow.recv(100) == b"":
                    raise ConnectionResetError


def test_a_body_that_does_not_arrive_is_given_up(running):
    with running(net="lobonet", deadline=0.3) as server:
        with connected(server) as raw:
            raw.sendall(
                b"POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc"
            )
            status, problem = answer_of(raw)
    assert (status, problem["title"]) == (408, "Too slow")


def test_a_client_that_takes_nothing_of_its_answer_is_cut_off(running, monkeypatch):
    monkeypatch.setattr(connections, "STUCK_SECONDS", 0.2)
    noise = np.random.default_rng(0).integers(0, 256, (1800, 1800, 3), dtype=np.uint8)
    body = cv2.imencode(".png", noise)[1].tobytes()
    with running(net="lobonet") as server:
        with socket.socket() as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            raw.connect(("127.0.0.1", server.port))
            head = "POST /v1/detect?annotate=png HTTP/1.1\r\nHost: localhost\r\n"
            raw.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            assert raw.recv(12, socket.MSG_WAITALL) == b"HTTP/1.1 200"
            with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as http:
                while "mien_connections 1\n" not in http.get("/metrics").text:
                    time.sleep(0.05)


def test_half_closed_connections_leave_nothing_behind(server, photo):
    for _ in range(20):
        with connected(server) as raw:
            raw.sendall(
                b"POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
                + photo[:500]
            )
            raw.shutdown(socket.SHUT_WR)
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as http:
        assert http.post("/v1/detect", content=photo).status_code == 200
        while "mien_requests 0" not in http.get("/metrics").text:
            pass


def test_a_full_server_says_when_to_come_back(running, photo, monkeypatch):
    gate, begun = threading.Event(), threading.Event()
    honest = reading.read

    def slow(*values, **options):
        begun.set()
        assert gate.wait(60)
        return honest(*values, **options)

    monkeypatch.setattr(reading, "read", slow)
    with running(net="lobonet", max_requests=1) as server:
        with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as http:
            answers = []
            first = threading.Thread(
                target=lambda: answers.append(http.post("/v1/detect", content=photo))
            )
            first.start()
            assert begun.wait(60)
            refused = http.post("/v1/detect", content=photo)
            assert refused.status_code == 503 and int(refused.headers["retry-after"]) >= 1
            assert http.get("/healthz").status_code == 200
            gate.set()
            first.join(60)
            assert answers[0].status_code == 200
            assert http.post("/v1/detect", content=photo).status_code == 200


def test_a_server_that_stops_finishes_what_it_took(running, photo, monkeypatch):
    gate, begun = threading.Event(), threading.Event()
    honest = reading.read

    def slow(*values, **options):
        begun.set()
        assert gate.wait(60)
        return honest(*values, **options)

    monkeypatch.setattr(reading, "read", slow)
    with running(net="lobonet") as server:
        answers = []
        thread = threading.Thread(
            target=lambda: answers.append(
                httpx.post(f"{server.url}v1/detect", content=photo, trust_env=False, timeout=60)
            )
        )
        thread.start()
        assert begun.wait(60)
        server.stop()
        while True:
            try:
                connected(server).close()
            except ConnectionRefusedError:
                break
        gate.set()
        thread.join(60)
    assert answers[0].status_code == 200 and len(answers[0].json()["faces"]) == 1


def test_nothing_of_a_picture_reaches_the_disk_or_the_log(
    running, photo, tmp_path, monkeypatch, capfd
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with running(net="lobonet") as server:
        sent = {"secret-name.jpg": photo + bytes(3_000_000), "bad.jpg": photo[:99]}
        files = [("files", pair) for pair in sent.items()]
        answer = httpx.post(f"{server.url}v1/detect", files=files, trust_env=False, timeout=60)
    assert [set(one) >= {"faces"} for one in answer.json()] == [True, False]
    assert not list(tmp_path.iterdir())
    assert capfd.readouterr() == ("", "")
