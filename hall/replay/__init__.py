"""Replay: what the hall stores must be what the records say, for every case, letter, version and row of the configuration (T55).

Read-only, in short snapshots.
"""

from .comparing import compare_case, compare_cases
from .configuration import compare_configuration
from .first_contacts import compare_first_contacts
from .letters import compare_letters
from .versions import compare_versions

__all__ = [
    "compare_case",
    "compare_cases",
    "compare_configuration",
    "compare_first_contacts",
    "compare_letters",
    "compare_versions",
]
