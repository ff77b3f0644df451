"""Tables of the authorization room."""

from .letters import Letter, LetterKind, LetterLine, LetterState
from .people import Person, Post, PostHolding, PostKind
from .qualifications import Qualification, QualificationKind

__all__ = [
    "Letter",
    "LetterKind",
    "LetterLine",
    "LetterState",
    "Person",
    "Post",
    "PostHolding",
    "PostKind",
    "Qualification",
    "QualificationKind",
]
