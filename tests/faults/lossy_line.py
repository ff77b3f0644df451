"""A line to the hall that carries every request and loses every answer: what was asked is done, and nobody hears of it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

from .counters import PATIENCE, Address


@contextmanager
def lossy_line(hall: Address) -> Iterator[Address]:
    """Whoever asks at the address that is given loses the connection once the hall has answered."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        Thread(target=_serve, args=(door, hall), daemon=True).start()
        yield door.getsockname()


def _serve(door: socket.socket, hall: Address) -> None:
    with suppress(OSError):  # the door is closed
        while True:
            caller, _ = door.accept()
            Thread(target=_lose, args=(caller, hall), daemon=True).start()


def _lose(caller: socket.socket, hall: Address) -> None:
    """The hall closes the connection behind its answer: then it has been given in full, and everything is committed."""
    with caller, socket.create_connection(hall, timeout=PATIENCE) as line:
        line.sendall(_request(caller))
        while line.recv(65536):
            pass


def _request(caller: socket.socket) -> bytes:
    """One request, with the wish that the connection ends with its answer."""
    told = b""
    while b"\r\n\r\n" not in told:
        told += _more(caller)
    head, _, body = told.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    length = next((int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += _more(caller)
    return b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body


def _more(caller: socket.socket) -> bytes:
    found = caller.recv(65536)
    if not found:
        raise ConnectionError("the caller has gone")
    return found
