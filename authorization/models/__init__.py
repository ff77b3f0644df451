"""Tables of the authorization room."""

from .letters import Letter, LetterKind, LetterLine, LetterState
from .people import Person, Post, PostHolding, PostKind

__all__ = ["Letter", "LetterKind", "LetterLine", "LetterState", "Person", "Post", "PostHolding", "PostKind"]
