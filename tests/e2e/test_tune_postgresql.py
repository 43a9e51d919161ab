"""Several workers tune together through a real PostgreSQL server, and one of them is killed."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import optuna
import psycopg
import pytest
from optuna.trial import FrozenTrial, TrialState

from mien.errors import SettingsError
from mien.nets import FloatRange, Space
from mien.training.silence import quiet
from mien.tuning.storage import open_storage
from mien.tuning.trials import FINISHED, Trials

PASSWORD = "se:cret/{1}"

SPACE: Space = {"learning_rate": FloatRange(1e-4, 1e-2, log=True), "dropout": FloatRange(0.0, 0.4)}


@dataclasses.dataclass(frozen=True)
class Server:
    """A running server."""

    port: int

    def url(self, password: str = PASSWORD, database: str = "postgres") -> str:
        return f"postgresql+psycopg://mien:{quote(password, '')}@127.0.0.1:{self.port}/{database}"

    def run(self, sql: str) -> list[tuple[object, ...]]:
        """Run a statement, and return its rows."""
        with psycopg.connect(self.url().replace("+psycopg", ""), autocommit=True) as connection:
            cursor = connection.execute(sql)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def age_heartbeats(self, trial_id: int) -> None:
        """Let a trial's last heartbeat be a day old, as if its worker had died then."""
        self.run(
            "UPDATE trial_heartbeats SET heartbeat = now() - interval '1 day'"
            f" WHERE trial_id = {trial_id}"
        )

    def is_stale(self, trial_id: int) -> bool:
        """Whether a trial's last heartbeat is hours old."""
        ((stale,),) = self.run(
            "SELECT heartbeat < now() - interval '12 hours' FROM trial_heartbeats"
            f" WHERE trial_id = {trial_id}"
        )
        return bool(stale)

    def trials(self, name: str) -> list[FrozenTrial]:
        """List a tuning's trials; none before it began."""
        storage = optuna.storages.RDBStorage(self.url().replace("{", "{{").replace("}", "}}"))
        try:
            return optuna.load_study(study_name=name, storage=storage).get_trials()
        except KeyError:
            return []
        finally:
            storage.remove_session()
            storage.engine.dispose()


def programs() -> Path:
    """The folder of Debian's server programs, or of any on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    anywhere = shutil.which("initdb")
    if not found and not anywhere:
        pytest.skip("needs a PostgreSQL server: apt-get install postgresql")
    return (found[-1] if found else Path(str(anywhere)).resolve()).parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of our own on loopback, with a data folder of its own."""
    # The server refuses to run as root, and pytest's own folders let nobody else in.
    other = "nobody" if os.getuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="mien-pg-") as name:
        folder, port = Path(name), free_port()
        (folder / "password").write_text(PASSWORD)
        if other:
            for each in (folder, folder / "password"):
                shutil.chown(each, other)

        def run(program: str, *words: str) -> None:
            # Into a file: the server would keep a pipe open.
            with (folder / "said").open("w") as said:
                command = [programs() / program, "-D", folder / "data", *words]
                done = subprocess.run(command, user=other, cwd=folder, stdout=said, stderr=said)
            assert done.returncode == 0, (folder / "said").read_text()

        auth = ["-A", "scram-sha-256", "--pwfile", str(folder / "password")]
        run("initdb", "-U", "mien", "--no-sync", "-E", "UTF8", "--locale", "C", *auth)
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        try:
            run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
            yield Server(port)
        finally:
            run("pg_ctl", "-m", "immediate", "stop")


@pytest.fixture
def tuning(server: Server, tmp_path: Path) -> Iterator[Callable[[str], Trials]]:
    """Opens a tuning of two trials."""
    with open_storage(server.url(), tmp_path, heartbeat=3600) as storage:

        def opened(name: str) -> Trials:
            return Trials.open(
                storage, name, SPACE, {"net": "plain"}, target=2, seed=0, startup=1, warm_up=1
            )

        yield opened


def wait_for(reached: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 600
    while not reached():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def worker(server: Server, data: Path, folder: Path, name: str) -> subprocess.Popen[str]:
    words = f"--net plain --trials 5 --epochs 2 --startup 3 --heartbeat 600 --out {name}".split()
    # A small network on one core, so that the two do not wait for each other.
    words += ["--layers", "2", "--width", "16", "--dense", "64"]
    command = [sys.executable, "-m", "mien", "tune", "--data", str(data), *words]
    with (folder / f"{name}.txt").open("w") as said:
        return subprocess.Popen(
            [*command, "--storage", server.url()],
            cwd=folder,
            stdout=said,
            stderr=said,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )


def test_two_workers_share_the_trials_and_one_is_killed(
    server: Server, striped_zip: Path, tmp_path: Path
) -> None:
    staying, dying = (worker(server, striped_zip, tmp_path, name) for name in ("one", "two"))

    def running() -> list[FrozenTrial]:
        """Trials that the second worker has begun to train."""
        return [
            trial
            for trial in server.trials("plain")
            if trial.state == TrialState.RUNNING
            and (tmp_path / "two" / f"trial-{trial.number:03d}").exists()
        ]

    try:
        wait_for(lambda: bool(running()) or dying.poll() is not None, "no trial of the second")
        dying.send_signal(signal.SIGKILL)
        assert dying.wait() == -signal.SIGKILL
        (killed,) = running()
        # In place of the minutes after which a worker without heartbeats counts as dead.
        server.age_heartbeats(killed._trial_id)
        assert staying.wait() == 0, (tmp_path / "one.txt").read_text()
    finally:
        for process in (staying, dying):
            process.kill()
            process.wait()
    trials = server.trials("plain")
    states = [trial.state for trial in trials]
    assert sum(state in FINISHED for state in states) == 5
    assert states.count(TrialState.FAIL) == 1
    assert len(states) == 6
    (again,) = (trial for trial in trials if trial.user_attrs.get("repeats") == killed.number)
    assert again.state in FINISHED
    assert again.params == killed.params
    assert len({str(trial.params) for trial in trials}) == 5
    said = (tmp_path / "one.txt").read_text()
    assert "5 of 5 trials finished" in said
    assert PASSWORD not in said and quote(PASSWORD, "") not in said
    best = (tmp_path / "one" / "best.toml").read_text()
    assert "mien tune" in best and quote(PASSWORD, "") not in best


def test_a_running_trial_belongs_to_its_worker_while_heartbeats_come(
    tuning: Callable[[str], Trials],
) -> None:
    trials = tuning("alive")
    first = trials.claim()
    second = trials.claim()
    assert first is not None and second is not None
    assert (first.number, second.number) == (0, 1)
    # Two are asked for, and two are running.
    assert trials.claim() is None
    trials.complete(first, 0.5, 1)
    assert trials.claim() is None


def test_a_trial_without_heartbeats_is_run_again(
    tuning: Callable[[str], Trials], server: Server
) -> None:
    trials = tuning("stale")
    dead = trials.claim()
    assert dead is not None
    server.age_heartbeats(dead._trial_id)
    again = trials.claim()
    assert again is not None
    assert (again.number, again.params) == (1, dead.params)
    assert trials.all()[1].user_attrs["repeats"] == dead.number
    assert [trial.state for trial in trials.all()] == [TrialState.FAIL, TrialState.RUNNING]


def test_heartbeats_are_sent_until_the_trial_ends(
    tuning: Callable[[str], Trials], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials = tuning("beating")
    trial = trials.claim()
    assert trial is not None
    monkeypatch.setattr(trials.storage, "heartbeat", 0.01)
    with trials.storage.heartbeats(trial._trial_id):
        for _ in range(2):
            server.age_heartbeats(trial._trial_id)
            wait_for(lambda: not server.is_stale(trial._trial_id), "no heartbeat")
    server.age_heartbeats(trial._trial_id)
    # The thread has ended, so no heartbeat can follow.
    assert server.is_stale(trial._trial_id)


def test_a_worker_that_died_before_its_first_heartbeat_is_noticed(
    tuning: Callable[[str], Trials],
) -> None:
    trials = tuning("silent")
    with quiet("optuna"):
        trials.study.ask()
    trial = trials.claim()
    assert trial is not None
    assert trial.number == 1
    assert [trial.state for trial in trials.all()] == [TrialState.FAIL, TrialState.RUNNING]


WRONG = [
    ({"password": "guess"}, "password authentication failed for user \"mien\""),
    ({"database": "nowhere"}, "database \"nowhere\" does not exist"),
]


@pytest.mark.parametrize(("changed", "message"), WRONG)
def test_a_server_that_refuses_is_quoted(
    server: Server, tmp_path: Path, changed: dict[str, str], message: str
) -> None:
    with pytest.raises(SettingsError, match=f"does not answer: .*{message}") as caught:
        with open_storage(server.url(**changed), tmp_path, heartbeat=60):
            pass
    assert f"127.0.0.1, port {server.port}" in str(caught.value)
    for password in ("guess", PASSWORD, quote(PASSWORD, "")):
        assert password not in str(caught.value)
