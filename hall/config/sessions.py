"""Sessions in PostgreSQL that know the post and the duty of who signed in: one joined statement answers who is asking."""

from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import OuterRef
from django.utils.crypto import constant_time_compare

from authorization.models import Person, Qualification
from authorization.staff import Staff
from hall.models import StaffSession, SubCenter, Window, WindowDuty
from supervision import clocks, moment
from supervision.readings import Reading

_JOINED = ("holding__person", "holding__post__department", "duty__window__sub_center", "duty__window__point")


def _who_is_asking() -> Any:
    """The statement of every request, put together once a process: sessions with person, post, window and all that these say."""
    units = Window.units.through.objects.filter(window=OuterRef("duty__window")).values("department")
    of_place = SubCenter.units.through.objects.filter(subcenter=OuterRef("duty__window__sub_center")).values(
        "department"
    )
    certificates = Qualification.objects.filter(person=OuterRef("holding__person")).values("valid_during")
    return StaffSession.objects.select_related(*_JOINED).annotate(
        rule_revision=clocks.revision(),
        window_units=ArraySubquery(units),
        place_units=ArraySubquery(of_place),
        certificates=ArraySubquery(certificates),
    )


_ROW = Reading(lambda *, key, now: _who_is_asking().filter(session_key=key, expire_date__gt=now))


class SessionStore(DatabaseStore):
    """The store keeps the loaded row, so that the middleware needs no statement of its own."""

    row: StaffSession | None = None

    @classmethod
    def get_model_class(cls) -> type[StaffSession]:
        return StaffSession

    def _get_session_from_db(self) -> StaffSession | None:
        self.row = _ROW.first(key=str(self.session_key), now=moment.wall())
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
    until = _qualified_until(row.certificates, today)
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
        is_qualified=until is not None and today <= until,
        qualified_until=until,
        rule_revision=row.rule_revision,
        **_window_of(row, today),
    )


def _window_of(row: Any, today: date) -> dict[str, Any]:
    """The window that the session's duty gives today, with its place; of a duty of other days its name alone."""
    duty: WindowDuty | None = row.duty
    if duty is None:
        return {}
    window = duty.window
    if today not in duty.during:
        return {"duty_ended": str(window)}
    return {
        "window_id": window.id,
        "window_name": str(window),
        "window_kind": window.kind,
        "window_department_id": window.department_id,
        "window_units": frozenset(row.window_units),
        "window_open": window.is_open_on(today),
        "window_place": window.place,
        "place_units": frozenset(row.place_units) if window.sub_center_id else None,
        "place_lawful": window.is_lawful_on(today),
    }


def _qualified_until(certificates: list[Any], today: date) -> date | None:
    """The last day of the certificate that lasts longest among those that have begun (D101)."""
    ends = [during.upper for during in certificates if during.lower <= today]
    return max(ends) - timedelta(days=1) if ends else None
