"""What the console shows is read, typed or scanned."""

import pytest

from terminals.enrolment import EnrolmentFailed, Invitation, device_facts, read_invitation
from terminals.way_in import socket_url


def test_a_typed_code_and_a_scanned_one_are_read() -> None:
    assert read_invitation(" 7K4M-2PQR-8STV\n") == Invitation("7K4M-2PQR-8STV")
    uri = "dispatch-enrol:?server=https%3A%2F%2Fa.example%3A8443&code=7K4M-2PQR-8STV"
    assert read_invitation(uri) == Invitation("7K4M-2PQR-8STV", "https://a.example:8443")


@pytest.mark.parametrize(
    "uri", ["dispatch-enrol:", "dispatch-enrol:?code=x", "dispatch-enrol:?code=x&server=file%3A%2F%2Fx"]
)
def test_a_qr_without_a_server_is_refused(uri: str) -> None:
    with pytest.raises(EnrolmentFailed):
        read_invitation(uri)


def test_this_machine_has_facts_that_the_protocol_takes() -> None:
    assert device_facts().system


def test_the_socket_is_at_the_same_server() -> None:
    assert socket_url("https://a.example:8443") == "wss://a.example:8443/ws/terminal"
    assert socket_url("http://127.0.0.1:8080") == "ws://127.0.0.1:8080/ws/terminal"
