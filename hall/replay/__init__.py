"""Replay: what the hall stores must be what the records say, for every case and every letter (T55). Read-only, in short snapshots."""

from .comparing import compare_case, compare_cases
from .letters import compare_letters

__all__ = ["compare_case", "compare_cases", "compare_letters"]
