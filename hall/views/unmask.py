"""A protected value in full: for a reason, once, on record (design decision 6, T15, T44)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from authorization.staff import Staff
from hall import policies, queries
from hall.forms import ReasonForm
from hall.templatetags.face import faults
from hall.views.case_parts import MASKED, masked_value, plain_value
from supervision import log, moment
from supervision.refusals import NotFound


@require_http_methods(["GET", "HEAD", "POST"])
def unmask(request: HttpRequest, number: str, column: str) -> HttpResponse:
    """GET asks for the reason; POST writes the record first and then shows the value."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    if column not in MASKED:
        raise NotFound
    case = queries.case_to_show(staff, number)
    if not policies.is_holder(staff, case.item.department.number):
        raise NotFound
    value = plain_value(case, column)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    revealed = None
    if request.method == "POST" and form.is_valid():
        told = {"case": case.number, "field": column, "reason": form.cleaned_data["reason"]}
        subject = log.Subject("hall_applicant", case.applicant_id)
        log.note("unmask", subject, actor=staff.actor, now=moment.now(), unit=case.item.department.number, facts=told)
        revealed = value
    context = {
        "case": {"name": case.version.name, "number": case.number, "url": reverse("case", args=[number])},
        "label": MASKED[column],
        "shown": masked_value(case, column),
        "action": reverse("case_unmask", args=[number, column]),
        "form": form,
        "faults": faults(form) if form.is_bound and form.errors else [],
        "revealed": revealed,
    }
    status = 400 if form.is_bound and form.errors else 200
    return render(request, "hall/unmask.html", context, status=status)
