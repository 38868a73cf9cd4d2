"""The runner of services: what its requests do when the server goes away."""

import socket
import threading
from pathlib import Path

import pytest

from tests.practice.service import Service
from tests.practice.serving import LOOPBACK


@pytest.mark.parametrize("status", ["200 OK", "503 Service Unavailable"])
def test_an_answer_cut_in_the_middle_is_a_lost_connection(tmp_path: Path, status: str) -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 400\r\n\r\n{{".encode())

        thread = threading.Thread(target=answer)
        thread.start()
        service = Service(tmp_path, port=listener.getsockname()[1])
        with pytest.raises(ConnectionError, match="middle of its answer"):
            service.ask("GET", "/health/ready")
        thread.join()
