"""The socket that the API and the console are served on."""

import socket

from liftlock import bootstrap


def test_answers_leave_at_once() -> None:
    with bootstrap.listening_socket("127.0.0.1", 0) as listener:
        with socket.create_connection(listener.getsockname()):
            accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
