"""Many at one moment: each in a thread with a connection of its own, as many web workers would be."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connection

from supervision.refusals import NotFound, Refused
from tests.together import in_threads

Attempt = Callable[[], object]


def heard(attempt: Attempt) -> str:
    """ "done", "404", or the code of the refusal; anything else is a fault of the product and ends the test."""
    try:
        attempt()
    except NotFound:
        return "404"
    except Refused as refused:
        return refused.refusal.code
    finally:
        connection.close()
    return "done"


def all_at_once(attempts: Sequence[Attempt]) -> Counter[str]:
    """How often each was heard when everybody goes at the same moment."""
    return Counter(in_threads(len(attempts), lambda number: heard(attempts[number])))


class Held:
    """A verb that has written and not yet committed: it goes on when it is let go."""

    def __init__(self, monkeypatch, module: object, attempt: Attempt) -> None:
        self.written, self._let_go = threading.Event(), threading.Event()
        write = module.write  # type: ignore[attr-defined]

        def write_and_wait(*parts: object) -> None:
            write(*parts)
            if threading.current_thread() is not threading.main_thread() and not self.written.is_set():
                self.written.set()
                assert self._let_go.wait(60)

        monkeypatch.setattr(module, "write", write_and_wait)
        self._pool = ThreadPoolExecutor(1)
        self._future = self._pool.submit(heard, attempt)
        assert self.written.wait(60)

    def let_go(self) -> str:
        self._let_go.set()
        result = self._future.result(60)
        self._pool.shutdown()
        return result


def in_background(attempt: Attempt) -> Future[str]:
    pool = ThreadPoolExecutor(1)
    future = pool.submit(heard, attempt)
    pool.shutdown(wait=False)
    return future
