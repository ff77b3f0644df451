"""Forms as the pages send them, filled in as the office does it."""

import uuid
from typing import Any

from django.urls import reverse

from catalog.models import ItemVersion
from hall.models import Case
from hall.states import VERBS, CaseState, verb_after
from tests import builders

Form = dict[str, Any]
_PERSON = ("kind", "name", "id_number", "phone", "address", "contact_name", "contact_id_number")
_WORDS = {"review": {"opinion": "材料齐全，建议准予。"}, "grant": {"opinion": "符合法定条件。"}}


def state_before(verb: str) -> CaseState:
    """From which state a verb leads on."""
    return next(state for state in CaseState if verb_after(state) is VERBS[verb])


def case_form(verb: str, case: Case) -> tuple[str, Form]:
    """Where the verb's button posts to, and what."""
    form: Form = {"verb": verb, "seq": case.record_seq}
    if verb == "receive":
        return f"{reverse('intake')}?case={case.number}", form | counts_of(case.version)
    words = _WORDS | {"hand_out": {"recipient": case.applicant.name, "relation": "self"}}
    return reverse("case", args=[case.number]), form | words.get(verb, {})


def intake_form(item: str = builders.ITEM, **changed: Any) -> Form:
    """A faultless intake; `changed` fields are typed otherwise."""
    version, person = builders.version_of(item), builders.make_applicant()
    form = {
        "verb": "receive",
        "item": item,
        "unit": version.item.department.number,
        "token": str(uuid.uuid4()),
        "delivery_way": "counter",
        **{field: getattr(person, field) for field in _PERSON},
        **counts_of(version),
    }
    return form | changed


def counts_of(version: ItemVersion) -> Form:
    told: Form = {}
    for row in builders.handed_in_full(version):
        told |= {
            f"originals-{row.seq}": row.originals,
            f"copies-{row.seq}": row.copies,
            f"electronic-{row.seq}": int(row.electronic),
        }
    return told
