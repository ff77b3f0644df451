"""Replay: what the hall stores must be what the records say, for every case, letter and row of the configuration (T55). Read-only, in short snapshots."""

from .comparing import compare_case, compare_cases
from .configuration import compare_configuration
from .letters import compare_letters

__all__ = ["compare_case", "compare_cases", "compare_configuration", "compare_letters"]
