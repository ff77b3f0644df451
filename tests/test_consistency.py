"""What must agree with what: addresses and access, models and their words, templates and their users, papers and their facts."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from authorization.models import Person
from authorization.staff import Staff
from hall import papers
from hall.config.access import ACCESS
from supervision.models import PaperKind
from supervision.models.base import INTERNAL, PERSONAL, PUBLIC, SENSITIVE
from supervision.typesetting import FACTS

from . import builders
from .source_code import APPS, ROOT, expect_none, product, templates, texts

HAN = re.compile(r"[\u4e00-\u9fff]")
RULES = {"public", "client", "staff", "clerk", "approver", "supervisor"}
SAMPLES: dict[str, Any] = {"UUIDConverter": "00000000-0000-7000-8000-000000000000", "IntConverter": 1}


# Addresses -----------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Address:
    """An address of the URL table, with arguments that name nothing that exists."""

    name: str
    arguments: tuple[tuple[str, Any], ...]

    @property
    def path(self) -> str:
        return reverse(self.name, kwargs=dict(self.arguments))

    @property
    def rule(self) -> str:
        return ACCESS[self.name]


def addresses(patterns: Iterable[Any], before: tuple[tuple[str, Any], ...] = ()) -> Iterator[Address]:
    for pattern in patterns:
        converters = getattr(pattern.pattern, "converters", {})
        arguments = before + tuple((name, SAMPLES.get(type(found).__name__, "x")) for name, found in converters.items())
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, arguments)
        elif isinstance(pattern, URLPattern):
            yield Address(pattern.name or f"without a name: {pattern.pattern}", arguments)


TABLE = sorted(addresses(get_resolver().url_patterns), key=lambda address: address.name)
NOT_PUBLIC = [address for address in TABLE if ACCESS.get(address.name, "staff") != "public"]


def by_name(address: Address) -> str:
    return address.name


def test_every_address_has_its_rule_and_every_rule_its_address() -> None:
    """T04, T12: what is not in the table can't be opened, what is gone leaves the table."""
    names = [address.name for address in TABLE]
    assert sorted(set(names)) == names, "two addresses share a name"
    assert set(names) == set(ACCESS)
    assert set(ACCESS.values()) <= RULES


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", NOT_PUBLIC, ids=by_name)
def test_who_is_not_signed_in_is_sent_to_the_sign_in(db: None, client: Client, address: Address, method: str) -> None:
    """T04: nothing but the public pages answers; programs get 401."""
    response = getattr(client, method)(address.path)
    if address.rule == "client":
        assert response.status_code in (401, 405)
    else:
        assert response.status_code == 302
        assert response["Location"].partition("?")[0] == reverse("sign_in")


@pytest.fixture
def cast(db: None) -> dict[str, Staff]:
    """One of the staff for each kind of post; the supervisor belongs to no unit and serves no window."""
    return {
        "clerk": builders.make_clerk(),
        "approver": builders.make_section_head(),
        "supervisor": builders.make_supervisor(),
    }


@pytest.mark.parametrize("address", [one for one in NOT_PUBLIC if ACCESS.get(one.name) != "client"], ids=by_name)
def test_a_page_opens_to_its_own_kind_of_post_alone(cast: dict[str, Staff], address: Address) -> None:
    """T12: everybody else is refused whatever the method, before the view is asked."""
    for kind, staff in cast.items():
        signed_in = builders.staff_client(staff)
        if address.rule in ("staff", kind):
            assert signed_in.get(address.path).status_code in (200, 302, 404, 405), kind
        else:
            assert {signed_in.get(address.path).status_code, signed_in.post(address.path).status_code} == {403}, kind


# Models --------------------------------------------------------------------------------------------------------------------
OWN_MODELS = [model for app in APPS for model in apps.get_app_config(app).get_models()]


def own_fields(model: type[Model]) -> list[Any]:
    return [*model._meta.concrete_fields, *model._meta.many_to_many]


def fields_without_a_class(model: type[Model]) -> list[str]:
    """Fields that `data_class` leaves out or names in vain (PIPL 51, D168)."""
    classes: dict[str, str] = getattr(model, "data_class", {})
    unlike = {field.name for field in own_fields(model)} ^ set(classes)
    unknown = {name for name, given in classes.items() if given not in (PUBLIC, INTERNAL, PERSONAL, SENSITIVE)}
    return [f"{model.__name__}.{name}" for name in sorted(unlike | unknown)]


def words_that_are_not_chinese(model: type[Model]) -> list[str]:
    """Names of the model, its fields and choices, and what its constraints say to people."""
    said = {"itself": str(model._meta.verbose_name)}
    said |= {field.name: str(field.verbose_name) for field in own_fields(model)}
    said |= {f"{field.name}={value}": str(label) for field in own_fields(model) for value, label in field.choices or ()}
    said |= {constraint.name: _message(constraint) for constraint in model._meta.constraints}
    return [f"{model.__name__}.{what}: {text!r}" for what, text in said.items() if not HAN.search(text)]


def _message(constraint: Any) -> str:
    """Django's own sentence names the constraint, which tells nobody what to do."""
    given = constraint.violation_error_message
    return "" if given == constraint.default_violation_error_message else str(given)


def test_every_field_has_a_data_class() -> None:
    """T15, T38: what is not classified is protected by nobody."""
    expect_none(fault for model in OWN_MODELS for fault in fields_without_a_class(model))


def test_models_fields_choices_and_constraints_speak_chinese() -> None:
    expect_none(fault for model in OWN_MODELS for fault in words_that_are_not_chinese(model))


def test_the_migrations_say_what_the_models_say(db: None) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


# Roles ---------------------------------------------------------------------------------------------------------------------
def test_the_tests_run_as_the_application_which_owns_nothing(db: None) -> None:
    """T47: whoever owns a table can lift its fences."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, session_user")
        assert cursor.fetchone() == ("hall_app", "hall_app")
        cursor.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication FROM pg_roles WHERE rolname = 'hall_app'"
        )
        assert cursor.fetchone() == (False,) * 5
        cursor.execute("SELECT count(*) FROM pg_auth_members WHERE member = 'hall_app'::regrole")
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relowner = 'hall_app'::regrole"
            " UNION SELECT proname FROM pg_proc WHERE proowner = 'hall_app'::regrole"
            " UNION SELECT nspname FROM pg_namespace WHERE nspowner = 'hall_app'::regrole"
        )
        assert cursor.fetchall() == []


def test_every_table_belongs_to_the_owner_as_whom_nobody_signs_in(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
        assert cursor.fetchall() == [("hall_owner",)]
        cursor.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'hall_owner'")
        assert cursor.fetchone() == (False,)


def test_there_is_no_superuser() -> None:
    """T07: nobody stands above the letters, and no manager makes such a person."""
    assert Person.is_superuser is False
    assert not hasattr(Person.objects, "create_superuser")
    assert "is_superuser" not in {field.name for field in Person._meta.get_fields()}


# Templates and papers ------------------------------------------------------------------------------------------------------
TAG = re.compile(r"\{%\s*(?:include|extends)\s+[\"']([^\"']+)[\"']")


def unused(pages: dict[str, str], named: set[str]) -> list[str]:
    """Templates that no code names and no other template includes or extends."""
    named = (
        named | {f"print/{kind.value}.html" for kind in PaperKind} | {"500.html"}
    )  # Django's own choice when all fails
    return sorted(set(pages) - named - {found for text in pages.values() for found in TAG.findall(text)})


def _pages() -> dict[str, str]:
    folder = ROOT / "templates"
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in templates()}


def test_every_template_is_used_and_every_one_that_is_used_exists() -> None:
    pages, named = _pages(), {text for module in product() for text, _ in texts(module) if text.endswith(".html")}
    expect_none(unused(pages, named))
    included = {found for text in pages.values() for found in TAG.findall(text)}
    expect_none({name for name in named | included if "/" in name} - set(pages))


def test_every_kind_of_paper_has_its_template_its_facts_and_its_number() -> None:
    """L8: a paper that a verb can register can be printed."""
    kinds = {kind.value for kind in PaperKind}
    letters = {
        name for name, text in _pages().items() if name.startswith("print/") and 'extends "print/base.html"' in text
    }
    assert letters == {f"print/{kind}.html" for kind in kinds}
    assert set(FACTS) == kinds
    slips = {PaperKind.RECEIPT_SLIP, PaperKind.TRANSFER_SLIP}  # numbered by the day, without a word of their own
    assert set(papers.WORDS) == set(PaperKind) - slips


# The checks ----------------------------------------------------------------------------------------------------------------
def test_the_checks_of_models_can_fail() -> None:
    class Wrong:
        __name__ = "Wrong"
        _meta = Person._meta
        data_class = {name: given for name, given in Person.data_class.items() if name != "name"} | {
            "ghost": PUBLIC,
            "id": "secret",
        }

    assert fields_without_a_class(Wrong) == ["Wrong.ghost", "Wrong.id", "Wrong.name"]  # type: ignore[arg-type]
    groups = Person._meta.get_field("groups").remote_field.model
    assert "Group.permissions" in fields_without_a_class(groups)
    assert "GroupObjectPermission.itself: 'group object permission'" in words_that_are_not_chinese(
        apps.get_model("guardian", "GroupObjectPermission")
    )


def test_the_check_of_templates_can_fail() -> None:
    pages = {"a.html": "{% include 'b.html' %}", "b.html": "", "c.html": ""}
    assert unused(pages, {"a.html"}) == ["c.html"]
