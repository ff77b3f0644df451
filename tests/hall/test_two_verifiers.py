"""Where the substance must be verified two do it, and both sign before anything is decided (行政许可法 34, 55; L13, L23)."""

import pytest

from tests import builders

from .refusing import heard, lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock"), pytest.mark.ids("L13", "L23")]
AT = "2026-03-03 09:00"


@pytest.fixture
def case():
    return builders.make_reviewed_case(builders.TWO_VERIFIERS, now=builders.at("2026-03-02 10:00"))


@pytest.mark.parametrize("verb", ["grant", "refuse"])
def test_one_signature_decides_nothing(case, verb):
    assert heard(verb, case, AT) == "two_verifiers"
    case = lead(case, ("countersign", AT))
    assert heard(verb, case, "2026-03-03 10:00") == "done"


def test_one_person_is_not_two(case):
    assert heard("countersign", case, AT, staff=builders.make_section_head()) == "same_verifier"
    case = lead(case, ("countersign", AT))
    assert heard("countersign", case, "2026-03-03 10:00") == "same_verifier"


def test_after_it_was_sent_back_both_sign_anew(case):
    case = lead(case, ("countersign", AT), ("return_for_review", "2026-03-03 10:00"), ("review", "2026-03-04 09:00"))
    assert heard("grant", case, "2026-03-04 10:00") == "two_verifiers"
    case = lead(case, ("countersign", "2026-03-04 10:00"))
    assert heard("grant", case, "2026-03-04 11:00") == "done"


def test_the_second_signature_names_its_person_and_its_line(case):
    case = lead(case, ("countersign", AT))
    signed = case.acts.select_related("person", "line").get(verb="countersign")
    assert (signed.person.username, signed.line.item_id) == ("xulijun", case.item_id)


def test_an_ordinary_item_asks_for_one():
    case = builders.make_reviewed_case(now=builders.at("2026-03-02 10:00"))
    assert heard("countersign", case, AT) == "one_verifier_enough"
    assert heard("grant", case, AT) == "done"
