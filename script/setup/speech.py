"""What the set-up says to the person at the terminal."""

import os
import sys


class Missing(Exception):
    """Something that the set-up can't do without. The text is one sentence that names it and its remedy."""


class StopAsked(Exception):
    """SIGTERM or Ctrl-C while the set-up was still at work."""


def refuse(sentence: Missing) -> None:
    """The last word of a start that could not be."""
    print(sentence, file=sys.stderr, flush=True)


def say(text: str) -> None:
    """One line of progress, shown at once even into a pipe."""
    try:
        print(text, flush=True)
    except OSError:  # whoever started us has stopped listening; that is no reason to stop
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
