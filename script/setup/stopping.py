"""SIGTERM, Ctrl-C and a closed terminal: stop everything in order, once."""

import signal
from types import FrameType

from setup.speech import StopAsked

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def heed_signals() -> None:
    """From now on each of them raises `StopAsked` in the main thread, wherever it is."""
    for number in _SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # ignored under nohup
            signal.signal(number, _ask)


def ignore_signals() -> None:
    """Once is enough: a second one must not break off the stopping."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _ask(_number: int, _frame: FrameType | None) -> None:
    ignore_signals()
    raise StopAsked
