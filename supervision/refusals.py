"""A refusal is a value: what is not possible, why, and what to do instead. Pages show the sentence, the API the code, tests assert the code."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """`code` is stable English for programs; `sentence` and `remedy` are Chinese for people; `rules` cite D, L, T, G, R ids or articles.

    `field` names the form field at fault, when there is one. `facts` are (term, value) pairs that the refusal page lists.
    """

    code: str
    sentence: str
    rules: tuple[str, ...] = ()
    remedy: str = ""
    field: str = ""
    facts: tuple[tuple[str, str], ...] = ()


class Refused(Exception):
    """An act that was not done; nothing has been written. `status` is the HTTP status of the edge (403 no power, 409 wrong state)."""

    status = 409

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class Forbidden(Refused):
    """The case may be seen, but this post has no power for the act at this instant."""

    status = 403


class Unusable(Refused):
    """What was typed or sent can't be used; the fields at fault are named."""

    status = 400

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__(refusals[0])
        self.refusals = refusals


class NotFound(Exception):
    """The thing does not exist for this person: nothing is said about whether it exists for somebody else (T10)."""
