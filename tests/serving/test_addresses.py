"""Which addresses a server listens on, and how names are spelled."""

import socket

import pytest

from mien.errors import SettingsError
from mien.serving.addresses import ascii_name, is_local, listen, network_address


@pytest.mark.parametrize(
    ("address", "expected"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("0.0.0.0", False), ("::", False),
     ("192.168.1.7", False), ("::ffff:127.0.0.1", False), ("localhost", False)],
)  # fmt: skip
def test_which_addresses_only_this_machine_reaches(address, expected):
    assert is_local(address) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Faces.Example.org", "faces.example.org"), ("localhost.", "localhost"),
     ("bücher.example", "xn--bcher-kva.example"), ("192.168.1.7", "192.168.1.7")],
)  # fmt: skip
def test_names_as_browsers_spell_them(name, expected):
    assert ascii_name(name) == expected


@pytest.mark.parametrize("name", ["a..b", "x" * 64])
def test_what_no_host_is_called(name):
    with pytest.raises(SettingsError, match="not the name of a host") as error:
        ascii_name(name)
    assert error.value.setting == "names"


def test_the_address_in_the_network_is_that_of_another_machines_way_here(monkeypatch):
    sent = []

    class Probe(socket.socket):
        def connect(self, place):
            sent.append((self.type, place))
            super().connect(("127.0.0.1", 9))

        def getsockname(self):
            return ("192.168.1.7", 1)

    monkeypatch.setattr(socket, "socket", Probe)
    assert network_address() == "192.168.1.7"
    # Datagrams: choosing their peer sends nothing.
    assert sent == [(socket.SOCK_DGRAM, ("192.0.2.1", 9))]


def test_a_machine_without_a_network_has_no_such_address(monkeypatch):
    def refuse(self, place):
        raise OSError("Network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert network_address() is None


def test_a_port_is_taken_once():
    with listen("127.0.0.1", 0) as first:
        with pytest.raises(SettingsError, match="in use"):
            listen("127.0.0.1", first.getsockname()[1])
