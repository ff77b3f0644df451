"""The people of the county, the posts they hold, and the accounts of those who may sign in."""

import base64
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction

from authorization.models import Person, Post, PostHolding
from authorization.scopes import put_in_groups
from hall.demo.plan import Plan, Tree
from hall.demo.rows import add_missing, period
from supervision import protection


@dataclass(frozen=True, slots=True)
class Key:
    """What opens an account, known once: the database keeps a hash of the one and a sealed form of the other."""

    username: str
    password: str
    otp_secret: str


@transaction.atomic
def load_people(plan: Plan) -> list[Key]:
    """People and their posts, where missing. Returns the keys of the new accounts; all others get no usable password."""
    known = set(Person.objects.values_list("username", flat=True))
    told = [row for row in plan.holdings if row["username"] not in known]
    keys = {row["username"]: _new_key(row["username"]) for row in told if "account" in row}
    hashes = _hashes([key.password for key in keys.values()])
    people = [_person(row) for row in told]
    for person in people:
        key = keys.get(person.username)
        if key:
            person.password = hashes[key.password]
            person.otp_secret = protection.seal(
                key.otp_secret, table="authorization_person", column="otp_secret", row=person.id
            )
    Person.objects.bulk_create(people)
    _load_holdings(plan)
    put_in_groups(people)
    return list(keys.values())


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
    add_missing(PostHolding, holdings, "person_id", "post_id")


def _person(row: Tree) -> Person:
    person = Person(username=row["username"], name=row["name"])
    person.set_unusable_password()
    return person


def _new_key(username: str) -> Key:
    return Key(username, secrets.token_urlsafe(15), base64.b32encode(secrets.token_bytes(20)).decode())


def _hashes(passwords: Sequence[str]) -> dict[str, str]:
    """Slow by design (half a second each), so on all cores: the hash function lets other threads run."""
    with ThreadPoolExecutor() as pool:
        return dict(zip(passwords, pool.map(make_password, passwords), strict=True))
