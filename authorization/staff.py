"""Who is asking: a person in a post, perhaps at a window, as one finished value."""

import uuid
from dataclasses import dataclass
from datetime import date

from authorization.models import PostKind
from supervision.log import Actor

_UNIT_POSTS = (PostKind.SECTION, PostKind.LEADER_IN_CHARGE, PostKind.MAIN_LEADER, PostKind.CHIEF_REPRESENTATIVE)


@dataclass(frozen=True, slots=True)
class Staff:
    """A signed-in member of staff. `unit` is the department's number; the window is set while on duty at one, with its units if it has a field.

    `window_place` is the sub-centre or point where the window stands, empty in the main hall; `place_units` are the units that a
    sub-centre was approved for (None: all). `duty_ended` names the window of a duty that does not cover today. `qualified_until` is the
    last day of the newest certificate that has begun (D101). Whoever is told nothing of these may do nothing at a window.
    """

    person_id: uuid.UUID
    name: str
    username: str
    post_id: uuid.UUID
    post_title: str
    post_kind: str
    department_id: uuid.UUID
    unit: str
    department_name: str
    department_short: str
    terminal: str = ""
    window_id: uuid.UUID | None = None
    window_name: str = ""
    window_kind: str = ""
    window_department_id: uuid.UUID | None = None
    window_units: frozenset[uuid.UUID] = frozenset()
    window_open: bool = False
    window_place: str = ""
    place_units: frozenset[uuid.UUID] | None = None
    place_lawful: bool = False
    duty_ended: str = ""
    is_qualified: bool = False
    qualified_until: date | None = None
    rule_revision: int | None = None

    @property
    def actor(self) -> Actor:
        """The same as facts for the log."""
        return Actor(
            self.person_id, self.name, self.post_id, self.post_title, self.unit, self.window_name, self.terminal
        )

    @property
    def place(self) -> str:
        """Where this person sits, as the bar of every page says it."""
        if self.window_name:
            return f"{self.window_place} {self.window_name}".strip()
        return f"{self.department_short} {self.post_title}"

    @property
    def is_clerk(self) -> bool:
        return self.window_id is not None

    @property
    def is_supervisor(self) -> bool:
        return self.post_kind == PostKind.SUPERVISOR

    @property
    def is_approver(self) -> bool:
        return self.post_kind in _UNIT_POSTS
