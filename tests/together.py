"""Many at one moment, each with a database connection of its own, as many processes would be."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection, connections

Answer = TypeVar("Answer")


def in_threads(count: int, work: Callable[[int], Answer]) -> list[Answer]:
    """The answers of so many threads, numbered from 0, that begin at the same moment."""
    together = Barrier(count)

    def run(number: int) -> Answer:
        try:
            connection.ensure_connection()
            together.wait(60)
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
