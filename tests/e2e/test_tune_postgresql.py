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
import pytest
from optuna.trial import FrozenTrial, TrialState

from mien.errors import SettingsError
from mien.nets import FloatRange, Space
from mien.training.silence import quiet
from mien.tuning.storage import open_storage
from mien.tuning.trials import Ledger

PASSWORD = "se:cret/{1}"

SPACE: Space = {"learning_rate": FloatRange(1e-4, 1e-2, log=True), "dropout": FloatRange(0.0, 0.4)}

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclasses.dataclass(frozen=True)
class Server:
    """A running server."""

    port: int

    def url(self, password: str = PASSWORD, database: str = "postgres") -> str:
        return f"postgresql+psycopg://mien:{quote(password, '')}@127.0.0.1:{self.port}/{database}"

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
def ledger(server: Server, tmp_path: Path) -> Iterator[Callable[[str], Ledger]]:
    """Opens the account of a tuning of two trials."""
    with open_storage(server.url(), tmp_path, heartbeat=1) as storage:

        def opened(name: str) -> Ledger:
            return Ledger.open(
                storage, name, SPACE, {"net": "plain"}, wanted=2, seed=0, startup=1, warm_up=1
            )

        yield opened


def wait_for(reached: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 300
    while not reached():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def worker(server: Server, data: Path, folder: Path, name: str) -> subprocess.Popen[str]:
    words = f"--net plain --trials 8 --epochs 2 --startup 3 --heartbeat 2 --out {name}".split()
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
        assert staying.wait(timeout=300) == 0, (tmp_path / "one.txt").read_text()
    finally:
        for process in (staying, dying):
            process.kill()
            process.wait()
    trials = server.trials("plain")
    states = [trial.state for trial in trials]
    assert sum(state in FINISHED for state in states) == 8
    assert states.count(TrialState.FAIL) == 1
    assert len(states) == 9
    (again,) = (trial for trial in trials if trial.user_attrs.get("again") == killed.number)
    assert again.state in FINISHED
    assert again.params == killed.params
    assert len({str(trial.params) for trial in trials}) == 8
    said = (tmp_path / "one.txt").read_text()
    assert "8 of 8 trials finished" in said
    assert PASSWORD not in said and quote(PASSWORD, "") not in said
    best = (tmp_path / "one" / "best.toml").read_text()
    assert "mien tune" in best and quote(PASSWORD, "") not in best


def test_a_trial_is_left_to_its_worker_while_it_gives_signs_of_life(
    ledger: Callable[[str], Ledger]
) -> None:
    account = ledger("alive")
    mine = account.claim()
    assert mine is not None
    with account.storage.alive(mine._trial_id):
        time.sleep(4)
        other = account.claim()
        assert other is not None
        assert other.number == 1
        # Two are wanted, and two are running.
        assert account.claim() is None
    account.finish(mine, 0.5, 1)


def test_a_worker_that_died_before_its_first_sign_of_life_is_seen(
    ledger: Callable[[str], Ledger]
) -> None:
    account = ledger("silent")
    with quiet("optuna"):
        account.study.ask()
    trial = account.claim()
    assert trial is not None
    assert trial.number == 1
    assert [each.state for each in account.trials()] == [TrialState.FAIL, TrialState.RUNNING]


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
