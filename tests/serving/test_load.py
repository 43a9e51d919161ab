"""Many connections at once: nothing is lost, and nobody gets another's answer."""

import contextlib
import http.client
import json
import threading
import time

import numpy as np
import pytest

import mien


def pictures(astronaut, jpeg, count):
    """Return pictures of the same face in different places, and what is read in each."""
    reader = mien.Reader()
    sent = []
    for number in range(count):
        image = np.roll(astronaut, (3 * number, 7 * number), axis=(0, 1))
        if number % 5 == 4:
            # Some show nobody: their answers must be empty.
            image = np.full_like(image, 40 + number)
        data = jpeg(image)
        sent.append((data, [face.to_dict() for face in reader.read(data)]))
    assert len({json.dumps(faces) for _, faces in sent}) == count - count // 5 + 1
    return sent


class Connection(threading.Thread):
    """Sends its own picture again and again, and compares every answer with its own faces."""

    def __init__(self, port, data, faces, rounds, seconds):
        super().__init__()
        self.port, self.data, self.faces = port, data, faces
        self.rounds, self.seconds = rounds, seconds
        self.times, self.wrong = [], []

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        with contextlib.closing(connection):
            self.ask(connection)

    def ask(self, connection):
        end = time.monotonic() + self.seconds
        while len(self.times) < self.rounds or time.monotonic() < end:
            start = time.perf_counter()
            connection.request("POST", "/v1/detect", self.data)
            answer = connection.getresponse()
            content = json.loads(answer.read())
            self.times.append(time.perf_counter() - start)
            if answer.status != 200 or content["faces"] != self.faces:
                self.wrong.append(content)


def load(server, sent, rounds, seconds):
    """Ask with a connection for each picture; return the times of all answers in ms."""
    threads = [Connection(server.port, *one, rounds, seconds) for one in sent]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + 300)
    assert not any(thread.is_alive() for thread in threads)
    assert [thread.wrong for thread in threads] == [[]] * len(threads)
    assert all(len(thread.times) >= rounds for thread in threads)
    return 1e3 * np.concatenate([thread.times for thread in threads])


def test_eight_connections_get_their_own_answers(server, astronaut, jpeg):
    assert len(load(server, pictures(astronaut, jpeg, 8), 2, 0)) == 16


@pytest.mark.slow
def test_32_connections_for_a_minute_get_their_own_answers(server, astronaut, jpeg):
    times = load(server, pictures(astronaut, jpeg, 32), 1, 60)
    shares = (50, 90, 95, 99, 100)
    pairs = zip(shares, np.percentile(times, shares), strict=True)
    percentiles = ", ".join(f"p{share} {value:.0f}" for share, value in pairs)
    print(f"{len(times)} answers, {len(times) / 60:.1f} a second; in ms {percentiles}")
