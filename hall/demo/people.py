"""The people of the county, the posts they hold, and the accounts of those who may sign in."""

import base64
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction

from authorization.models import Person, Post, PostHolding, Qualification
from authorization.scopes import put_in_groups
from hall.demo.plan import Plan, Tree
from hall.demo.rows import add_missing, announced, period
from supervision import protection


@dataclass(frozen=True, slots=True)
class Key:
    """What opens an account, known once: the database keeps a hash of the one and a sealed form of the other."""

    username: str
    password: str
    password_hash: str
    otp_secret: str


def new_keys(plan: Plan) -> list[Key]:
    """Keys for the accounts that are missing. Slow by design (half a second each), so on all cores: the hash function lets
    other threads run. Outside of any transaction: the database ends one that is idle for half a minute.
    """
    known = _known()
    names = [row["username"] for row in plan.holdings if "account" in row and row["username"] not in known]
    with ThreadPoolExecutor() as pool:
        return list(pool.map(_new_key, names))


@transaction.atomic
def load_people(plan: Plan, keys: Sequence[Key]) -> None:
    """People and their posts, where missing. Whoever has no key gets no usable password."""
    known, opened = _known(), {key.username: key for key in keys}
    people = [_person(row, opened.get(row["username"])) for row in plan.holdings if row["username"] not in known]
    announced(Person.objects.bulk_create(people), plan.start_instant)
    _load_holdings(plan)
    put_in_groups(people)


@transaction.atomic
def load_qualifications(plan: Plan) -> int:
    """The certificates of those who serve a window, where missing: without one nobody receives (D101)."""
    people = Person.objects.in_bulk(field_name="username")
    rows = [
        Qualification(
            person=people[row["username"]],
            kind=plan.qualified["kind"],
            certificate_number=row["certificate"],
            valid_during=period(plan.qualified),
        )
        for row in plan.holdings
        if "certificate" in row
    ]
    return len(add_missing(Qualification, rows, "certificate_number", now=plan.start_instant))


def _load_holdings(plan: Plan) -> None:
    people = Person.objects.in_bulk(field_name="username")
    posts = {(post.department.slug, post.title): post for post in Post.objects.select_related("department")}
    holdings = [
        PostHolding(
            person=people[row["username"]],
            post=posts[row["department"], row["post"]],
            during=period(plan.period),
            is_substitute=row.get("substitute", False),
        )
        for row in plan.holdings
    ]
    add_missing(PostHolding, holdings, "person_id", "post_id", now=plan.start_instant)


def _known() -> set[str]:
    return set(Person.objects.values_list("username", flat=True))


def _person(row: Tree, key: Key | None) -> Person:
    person = Person(username=row["username"], name=row["name"])
    person.set_unusable_password()
    if key:
        person.password = key.password_hash
        person.otp_secret = protection.seal(
            key.otp_secret, table="authorization_person", column="otp_secret", row=person.id
        )
    return person


def _new_key(username: str) -> Key:
    password = secrets.token_urlsafe(15)
    return Key(username, password, make_password(password), base64.b32encode(secrets.token_bytes(20)).decode())
