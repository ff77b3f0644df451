"""Every verb of the table through its page: the form is offered, posted, done; what is refused keeps what was typed (D28, T63)."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from hall.models import Case
from hall.states import APPLICANT, BY_LAW, VERBS, CaseState
from tests import builders

from .pages import text_of
from .typed import ON_THE_WAY, case_form, page_of

pytestmark = pytest.mark.django_db
S = CaseState
BY_PEOPLE = [verb.name for verb in VERBS.values() if verb.power not in (APPLICANT, BY_LAW) and verb.name != "receive"]
ON_THEIR_OWN = [verb for verb in BY_PEOPLE if verb not in ON_THE_WAY]


def before(verb: str) -> tuple[Case, Client]:
    """A case on which the verb can be done next, and the browser of whoever may do it."""
    case = builders.make_case_for(verb)
    return case, builders.staff_client(builders.empowered(case, verb))


def press(client: Client, verb: str, case: Case, **changed: Any) -> HttpResponse:
    url, form = case_form(verb, case)
    return client.post(url, form | changed)


def look(client: Client, case: Case) -> str:
    return text_of(client.get(reverse("case", args=[case.number])))


@pytest.mark.ids("D28", "D121")
@pytest.mark.parametrize("verb", BY_PEOPLE)
def test_every_verb_is_offered_on_its_page_and_done_from_there(verb):
    case, client = before(verb)
    url = page_of(verb, case)
    page = text_of(client.get(url))
    assert VERBS[verb].label in page
    assert f'name="verb" value="{verb}"' in page
    if verb in ON_THEIR_OWN:
        assert url in look(client, case) or f'value="{verb}"' in look(client, case)
    target = VERBS[verb].leads_to(case.state)
    answer = press(client, verb, case)
    assert (answer.status_code, answer.headers.get("Location")) == (302, reverse("case", args=[case.number])), text_of(
        answer
    )
    assert Case.objects.get(pk=case.pk).state == target
    assert client.get(reverse("case", args=[case.number])).status_code == 200
