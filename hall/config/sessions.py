"""Sessions in PostgreSQL that know the post and the duty of who signed in: one joined statement answers who is asking."""

from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import OuterRef
from django.utils.crypto import constant_time_compare

from authorization.models import Person
from authorization.staff import Staff
from hall.models import StaffSession, Window
from supervision import clocks, moment

_UNITS_OF_WINDOW = Window.units.through.objects.filter(window=OuterRef("duty__window")).values("department")


class SessionStore(DatabaseStore):
    """The store keeps the loaded row, so that the middleware needs no statement of its own."""

    row: StaffSession | None = None

    @classmethod
    def get_model_class(cls) -> type[StaffSession]:
        return StaffSession

    def _get_session_from_db(self) -> StaffSession | None:
        self.row = (
            StaffSession.objects.select_related("holding__person", "holding__post__department", "duty__window")
            .annotate(rule_revision=clocks.revision(), window_units=ArraySubquery(_UNITS_OF_WINDOW))
            .filter(session_key=self.session_key, expire_date__gt=moment.wall())
            .first()
        )
        if self.row is None:
            self._session_key = None
        return self.row

    def _validate_session_key(self, key: str | None) -> bool:
        """What can't be a key asks the database nothing; a cookie may hold any sign, a NUL among them (T18)."""
        return bool(super()._validate_session_key(key)) and str(key).isalnum()  # type: ignore[misc]

    def create_model_instance(self, data: dict[str, Any]) -> StaffSession:
        row = super().create_model_instance(data)
        assert isinstance(row, StaffSession)
        if self.row is not None:
            row.holding_id, row.duty_id, row.started_at = self.row.holding_id, self.row.duty_id, self.row.started_at
        return row

    def assume(self, holding_id: Any, duty_id: Any) -> None:
        """Act from now on in this post and at this window; the first save writes it."""
        self.row = StaffSession(holding_id=holding_id, duty_id=duty_id, started_at=moment.wall())
        self.modified = True


def seal_session(session: SessionBase, person: Person, holding_id: Any, duty_id: Any) -> None:
    """Bind a fresh session to person, post and window; a new password ends it (T03)."""
    assert isinstance(session, SessionStore)
    session["auth"] = person.get_session_auth_hash()
    session.assume(holding_id, duty_id)


def staff_of(session: Any, terminal: str, today: date, absolute_age: timedelta) -> Staff | None:
    """The finished answer to "who is asking": None when nobody is, or the holding, the account or the time has ended."""
    row: Any = session.row
    if row is None or row.holding is None or row.started_at is None:
        return None
    holding = row.holding
    person, post = holding.person, holding.post
    if not person.is_active or today not in holding.during or moment.wall() - row.started_at > absolute_age:
        return None
    if not constant_time_compare(session.get("auth", ""), person.get_session_auth_hash()):
        return None
    window = row.duty.window if row.duty and today in row.duty.during else None
    return Staff(
        person_id=person.id,
        name=person.name,
        username=person.username,
        post_id=post.id,
        post_title=post.title,
        post_kind=post.kind,
        department_id=post.department_id,
        unit=post.department.number,
        department_name=post.department.name,
        department_short=post.department.short_name,
        terminal=terminal,
        window_id=window.id if window else None,
        window_name=str(window) if window else "",
        window_kind=window.kind if window else "",
        window_department_id=window.department_id if window else None,
        window_units=frozenset(row.window_units) if window else frozenset(),
        rule_revision=row.rule_revision,
    )
