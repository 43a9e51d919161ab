"""Starting a server: its port, its token, its address; and the commands that do it."""

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from pathlib import Path

import httpx
import pytest

from mien.cli import main, webcam
from mien.cli.serve import prepare, say
from mien.errors import MissingExtraError, NetError, SettingsError
from mien.serving.run import Server
from mien.settings import ServeSettings, WebcamSettings, load


def start(**fields):
    """Make a server, and free its port again."""
    server = Server(ServeSettings.model_validate({"net": "lobonet", "port": 0, **fields}))
    server.close()
    return server


def test_a_port_in_use_is_a_sentence(server):
    with pytest.raises(SettingsError, match=f"Port {server.port} is in use") as error:
        start(port=server.port)
    assert error.value.setting == "port"


def test_a_port_that_needs_rights_is_a_sentence(monkeypatch):
    def refuse(self, place):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(SettingsError, match="may not be used without special rights"):
        start(port=80)


@pytest.mark.parametrize("address", ["203.0.113.9", "no such name", "a" * 300, "300.1.1.1"])
def test_an_address_of_another_machine_is_a_sentence(address):
    with pytest.raises(SettingsError) as error:
        start(address=address)
    assert error.value.setting == "address"


def test_a_network_that_does_not_exist_frees_the_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(NetError):
        start(net="smile", port=port)
    socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.parametrize(
    ("fields", "token"),
    [
        ({}, None),
        ({"address": "::1"}, None),
        ({"token": "a-secret-of-mine"}, "a-secret-of-mine"),
        ({"address": "0.0.0.0", "auth": False}, None),
        ({"address": "0.0.0.0", "auth": False, "token": "a-secret-of-mine"}, "a-secret-of-mine"),
    ],
)
def test_when_a_token_is_asked_for(fields, token):
    assert start(**fields).token == token


def test_other_machines_need_a_token_unless_that_is_said_aloud():
    one, two = start(address="0.0.0.0"), start(address="0.0.0.0")
    assert one.token and two.token and one.token != two.token and len(one.token) >= 32


def test_addresses_as_a_browser_opens_them():
    one = start(address="::1")
    assert one.url == f"http://[::1]:{one.port}/"
    two = start(address="::", auth=False)
    assert two.url == f"http://[::1]:{two.port}/"


def test_every_way_to_say_all_addresses_asks_for_a_token():
    for address in ("0.0.0.0", "0", "*"):
        try:
            one = start(address=address)
        except SettingsError:
            # Not every system knows these.
            assert address != "0.0.0.0"
            continue
        assert one.is_exposed and one.token
        assert one.url.startswith(f"http://127.0.0.1:{one.port}/?token=")


def test_a_name_of_this_machine_alone_asks_for_none():
    one = start(address="localhost")
    assert not one.is_exposed and one.token is None
    assert one.url == f"http://localhost:{one.port}/" and one.url_for_others is None


def test_other_machines_are_told_an_address_that_they_reach(monkeypatch):
    monkeypatch.setattr("mien.serving.run.network_address", lambda: "192.168.1.7")
    one = start(address="0.0.0.0", token="a-secret-of-mine+&#")
    assert one.url_for_others == f"http://192.168.1.7:{one.port}/?token=a-secret-of-mine%2B%26%23"
    assert start(address="127.0.0.1").url_for_others is None


def test_a_missing_package_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "fastapi", None)
    with pytest.raises(MissingExtraError, match="'fastapi', which is not installed"):
        prepare()


def run_command(*words, environment=None, program=("-m", "mien")):
    """Start `mien` and return the process, whose output is read line by line."""
    return subprocess.Popen(
        [sys.executable, *program, *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **(environment or {})},
    )  # fmt: skip


def run_main(monkeypatch, *words):
    """Run a command in this process."""
    monkeypatch.setattr(sys, "argv", ["mien", *words])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code


def test_serve_until_a_signal_and_nothing_of_what_clients_send_is_printed(photo):
    process = run_command("serve", "--port", "0", "--net", "lobonet")
    url = process.stdout.readline().split()[-1]
    with httpx.Client(base_url=url, trust_env=False, timeout=60, verify=False) as http:
        answer = http.post("/v1/detect", content=photo)
        assert answer.json()["faces"][0]["expression"] == "happy"
        form = b'--b\r\nContent-\xf3: form-data; filename="a.jpg"\r\n\r\nx\r\n--b--\r\n'
        kind = {"content-type": "multipart/form-data; boundary=b"}
        assert http.post("/v1/detect", content=form, headers=kind).status_code == 400
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert (out, err, process.returncode) == ("Stopped.\n", "", 0)


def said(capsys, **fields):
    """Return the server, and what `mien serve` prints about it."""
    server = start(**fields)
    say(server)
    return server, *capsys.readouterr()


def test_serve_says_what_other_machines_can_do(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("mien.serving.run.network_address", lambda: "192.168.1.7")
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path))
    server, out, err = said(capsys, address="0.0.0.0")
    lines = out.splitlines()
    assert lines[0] == f"Serving on http://127.0.0.1:{server.port}/?token={server.token}"
    assert lines[1] == f"Other machines open http://192.168.1.7:{server.port}/?token={server.token}"
    assert lines[2].endswith(f"Authorization: Bearer {server.token}") and len(server.token) >= 32
    assert "without encryption" in err and "no token" not in err
    server, out, err = said(capsys, address="0.0.0.0", auth=False, self_signed=True)
    assert out.splitlines() == [
        f"Serving on https://127.0.0.1:{server.port}/",
        f"Other machines open https://192.168.1.7:{server.port}/",
        f"SHA-256 fingerprint of the certificate: {server.certificate.fingerprint}",
        f"Programs trust the file {tmp_path / 'certificates' / 'certificate.pem'}",
    ]
    assert "there is no token" in err and "encryption" not in err
    server, out, err = said(capsys)
    assert (out, err) == (f"Serving on http://127.0.0.1:{server.port}/\n", "")


def test_main_py_shows_the_page_as_the_mode_says_and_goes_on_without_a_browser(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text('mode = "FER-webcam"\nwebcam = {net = "lobonet"}\n')
    main_py = Path(__file__).parents[2] / "main.py"
    screenless = {"DISPLAY": "", "WAYLAND_DISPLAY": ""}
    process = run_command(str(config), environment=screenless, program=(str(main_py),))
    line = process.stdout.readline()
    url = line.split()[1]
    assert line == f"Open {url} (Ctrl-C ends it.)\n"
    assert "<html" in httpx.get(url, trust_env=False, timeout=60).text
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (out, err, process.returncode) == ("Ended.\n", "", 0)


def test_the_command_webcam_does_the_same(monkeypatch):
    taken = []
    monkeypatch.setattr("mien.cli.webcam.run_webcam", taken.append)
    run_main(monkeypatch, "webcam", "--net", "lobonet", "--port", "8765", "--no-browser")
    assert taken[0].webcam == WebcamSettings(net="lobonet", port=8765, browser=False)
    assert taken[0].webcam.to_serve() == ServeSettings(net="lobonet", port=8765)


def test_webcam_opens_the_browser_once_the_page_is_there(monkeypatch, capsys):
    opened = []
    settings = load(None, environment=False, webcam={"net": "lobonet"})
    monkeypatch.setattr(webcam, "has_screen", lambda: True)
    monkeypatch.setattr(webbrowser, "open", lambda url: not opened.append(url))
    from mien.serving import run

    def serve(of, on_ready):
        server = Server(of)
        on_ready(server)
        server.close()
        while not opened:
            time.sleep(0.01)
        assert of == ServeSettings(net="lobonet", port=0)

    monkeypatch.setattr(run, "serve", serve)
    webcam.run_webcam(settings)
    assert len(opened) == 1 and opened[0].startswith("http://127.0.0.1:")
    assert capsys.readouterr().out == f"Opening {opened[0]} (Ctrl-C ends it.)\nEnded.\n"


def test_a_browser_that_is_waited_for_gets_the_page(running, monkeypatch):
    """As one in the terminal, or one that a script starts."""
    pages, done = [], threading.Event()

    def browse(url):
        pages.append(httpx.get(url, trust_env=False, timeout=60, verify=False).status_code)
        done.set()
        return True

    monkeypatch.setattr(webcam, "has_screen", lambda: True)
    monkeypatch.setattr(webbrowser, "open", browse)
    from mien.serving import run

    def serve(of, on_ready):
        server = Server(of)
        thread = threading.Thread(target=server.run, args=[lambda: on_ready(server)])
        thread.start()
        assert done.wait(60)
        server.stop()
        thread.join(60)

    monkeypatch.setattr(run, "serve", serve)
    webcam.run_webcam(load(None, environment=False, webcam={"net": "lobonet"}))
    assert pages == [200]


def test_a_browser_that_does_not_open_is_said(monkeypatch, capsys):
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    webcam._open_browser("http://x/")
    assert capsys.readouterr().err == "No browser was opened; open the address yourself.\n"


@pytest.mark.parametrize("token", ["short", "with spaces in it all", "mit-Umlauten-wie-ä-und-ö"])
def test_a_token_must_be_long_and_fit_into_a_header(token):
    with pytest.raises(SettingsError, match="token"):
        load(None, environment=False, serve={"token": token})


@pytest.mark.parametrize("name", ["", "http://faces.example.org", "faces.example.org:80", "*.org"])
def test_a_name_is_that_of_a_host(name):
    with pytest.raises(SettingsError, match="names"):
        load(None, environment=False, serve={"names": [name]})
    assert load(None, environment=False, serve={"names": ["a.org"]}).serve.names == ("a.org",)


@pytest.mark.parametrize(
    ("flags", "names"),
    [([], ()), (["--names", "a.org"], ("a.org",)),
     (["--names", "a.org", "--names", "b.org"], ("a.org", "b.org"))],
)  # fmt: skip
def test_the_flag_for_names_can_be_given_several_times(monkeypatch, flags, names):
    taken = []
    monkeypatch.setattr("mien.cli.serve.run_serve", taken.append)
    run_main(monkeypatch, "serve", *flags, "--port", "0")
    assert taken[0].serve.names == names
