"""Connections that are too many, too slow, half closed, or not HTTP."""

import contextlib
import json
import socket
import threading
import time

import cv2
import httpx
import numpy as np
import pytest

from mien.serving import bodies, hosting, reading


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
    monkeypatch.setattr(hosting, "HEAD_SECONDS", 0.2)
    with running(net="lobonet") as server:
        with connected(server) as silent, connected(server) as slow:
            slow.sendall(b"GET /healthz HT")
            assert silent.recv(100) == b""
            with pytest.raises(ConnectionResetError):
                if slow.recv(100) == b"":
                    raise ConnectionResetError


def closes(raw):
    """Return whether the server closes a connection, whether or not it takes what comes."""
    try:
        while raw.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


def test_a_later_head_or_a_rest_that_nobody_reads_is_not_waited_for_either(running, monkeypatch):
    monkeypatch.setattr(hosting, "HEAD_SECONDS", 0.3)
    ask = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
    with running(net="lobonet") as server:
        for begun in (ask + b"\r\n" + ask, ask + b"Content-Length: 999\r\n\r\nabc"):
            with connected(server) as raw:
                raw.sendall(begun)
                assert raw.recv(12, socket.MSG_WAITALL) == b"HTTP/1.1 200"
                # Every byte puts off the end of an idle connection, but not this one.
                dribble = threading.Event()
                thread = threading.Thread(target=keep_sending, args=(raw, dribble))
                thread.start()
                assert closes(raw)
                dribble.set()
                thread.join(60)
        with connected(server) as raw:
            raw.sendall(ask + b"\r\n" + ask + b"Connection: close\r\n\r\n")
            assert b"".join(iter(lambda: raw.recv(65536), b"")).count(b"HTTP/1.1 200") == 2


def keep_sending(raw, stop):
    """Send a byte now and then."""
    with contextlib.suppress(OSError):
        while not stop.wait(0.02):
            raw.sendall(b"x")


def test_a_body_that_does_not_arrive_is_given_up(running):
    with running(net="lobonet", deadline=0.3) as server:
        with connected(server) as raw:
            raw.sendall(
                b"POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc"
            )
            status, problem = answer_of(raw)
    assert (status, problem["title"]) == (408, "Too slow")


BEGUN = b"POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nabc"


def answer_while_sending(server):
    """Begin a request, and send a byte now and then until there is an answer."""
    with connected(server) as raw:
        raw.sendall(BEGUN)
        stop = threading.Event()
        thread = threading.Thread(target=keep_sending, args=(raw, stop))
        thread.start()
        try:
            return answer_of(raw)
        except ConnectionResetError:
            return None  # A byte came after the server had closed, and took the answer with it.
        finally:
            stop.set()
            thread.join(60)


def test_a_body_that_arrives_too_slowly_is_given_up(running, monkeypatch):
    monkeypatch.setattr(bodies, "STEADY_SECONDS", 0.5)
    with running(net="lobonet") as server:
        # A byte now and then does not put it off, though the body would be whole some day.
        answers = (answer_while_sending(server) for _ in range(20))
        status, problem = next(answer for answer in answers if answer is not None)
    assert (status, problem["title"]) == (408, "Too slow")
    assert problem["detail"] == "Less than 16,384 bytes arrived within 0.5 seconds."


def test_a_body_that_arrives_steadily_is_read_however_long_it_takes(running, monkeypatch, photo):
    monkeypatch.setattr(bodies, "STEADY_SECONDS", 30)
    monkeypatch.setattr(bodies, "STEADY_BYTES", 100)
    head = "POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    with running(net="lobonet") as server:
        with connected(server) as raw:
            raw.sendall(f"{head}Content-Length: {len(photo)}\r\n\r\n".encode())
            for start in range(0, len(photo), 4000):
                raw.sendall(photo[start : start + 4000])
                time.sleep(0.01)
            status, answer = answer_of(raw)
    assert status == 200 and len(answer["faces"]) == 1


def test_slow_uploads_leave_the_places_to_others(running, photo):
    with running(net="lobonet", max_requests=2) as server:
        with contextlib.ExitStack() as stack:
            slow = [stack.enter_context(connected(server)) for _ in range(6)]
            for raw in slow:
                raw.sendall(BEGUN)
            with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as http:
                while "mien_connections 7\n" not in http.get("/metrics").text:
                    time.sleep(0.02)
                answer = http.post("/v1/detect", content=photo)
    assert answer.status_code == 200 and len(answer.json()["faces"]) == 1


def test_a_client_that_takes_nothing_of_its_answer_is_cut_off(running, monkeypatch):
    monkeypatch.setattr(hosting, "STUCK_SECONDS", 0.2)
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


class Transport:
    """A connection with so many bytes of an answer left to send at each look."""

    def __init__(self, left):
        self.left = iter(left)
        self.looks = 0
        self.aborted = False

    def get_write_buffer_size(self):
        self.looks += 1
        return next(self.left)

    def abort(self):
        self.aborted = True


class Loop:
    """Runs what is to be called later at once."""

    def call_later(self, seconds, call, *values):
        assert seconds == hosting.STUCK_SECONDS
        call(*values)


@pytest.mark.parametrize(
    ("left", "looks"),
    [
        # 20 MB, of which two thirds are taken; each look but the first is followed by another.
        ([20e6, 14e6, 14e6, 7e6, 7e6, 7e6], 6),
        ([20e6, 20e6], 2),
        ([20e6, 20e6 - 1000], 2),
    ],
)
def test_a_client_is_cut_off_when_it_takes_nothing_more_not_when_it_is_slow(left, looks):
    protocol = object.__new__(hosting.LimitedProtocol)
    protocol.transport, protocol.loop = Transport(left), Loop()
    protocol._watch_progress()
    assert protocol.transport.aborted and protocol.transport.looks == looks


@pytest.fixture
def raw_stream(server):
    """A WebSocket without a library: what it sends is not checked by one."""
    with connected(server) as raw:
        raw.sendall(
            b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            b"Sec-WebSocket-Version: 13\r\n\r\n"
        )
        assert raw.recv(12, socket.MSG_WAITALL) == b"HTTP/1.1 101"
        yield raw


def test_pings_whose_answers_nobody_takes_do_not_fill_the_memory(server, raw_stream, monkeypatch):
    written = []
    honest = hosting.StreamProtocol.handle_ping

    def counted(protocol):
        honest(protocol)
        written.append(protocol.transport.get_write_buffer_size())

    monkeypatch.setattr(hosting.StreamProtocol, "handle_ping", counted)
    ping = b"\x89\xfd" + bytes(4) + b"x" * 125
    raw_stream.settimeout(60)
    for _ in range(200):
        raw_stream.sendall(ping * 500)
    while len(written) < 100_000:
        time.sleep(0.01)
    # 13 MB were sent.
    assert max(written) < 1_000_000


def test_a_text_that_is_none_ends_the_stream_and_is_not_logged(raw_stream, capfd):
    raw_stream.sendall(b"\x81\x82" + bytes(4) + b"\xff\xfe")
    data = b"".join(iter(lambda: raw_stream.recv(65536), b""))
    assert data.endswith(b"\x88\x0b\x03\xefnot UTF-8")
    assert capfd.readouterr() == ("", "")


def test_a_message_of_endless_empty_fragments_ends_the_stream(raw_stream, monkeypatch):
    monkeypatch.setattr(hosting, "MAX_FRAGMENTS", 100)
    empty = b"\x80" + bytes(4)
    # With its end these are as many as are taken, and make a text of no characters.
    raw_stream.sendall(b"\x01" + empty + (b"\x00" + empty) * 98 + b"\x80" + empty)
    data = b""
    while b"Not a command" not in data:
        data += raw_stream.recv(65536)
    raw_stream.sendall(b"\x01" + empty + (b"\x00" + empty) * 100)
    data = b"".join(iter(lambda: raw_stream.recv(65536), b""))
    assert data.endswith(b"\x03\xf0too many fragments")


def test_half_closed_connections_leave_nothing_behind(server, photo):
    for _ in range(20):
        with connected(server) as raw:
            raw.sendall(
                b"POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
                + photo[:500]
            )
            raw.shutdown(socket.SHUT_WR)
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60, verify=False) as http:
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
        with httpx.Client(base_url=server.url, trust_env=False, timeout=60, verify=False) as http:
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
            except ConnectionError:
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
