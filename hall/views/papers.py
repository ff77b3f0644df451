"""A printed paper of a case, the same bytes at every reading; and the receipt that stands on its slip, as a file."""

import uuid
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from authorization.staff import Staff
from hall import policies, queries
from hall.views.case_parts import WITH_QUERY_CODE
from supervision import papers, receipts
from supervision.refusals import NotFound


@require_safe
def paper(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """The PDF in the browser; while the worker prints it, back to the case with a word about that."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    found = queries.paper_to_show(staff, key)
    if found.kind in WITH_QUERY_CODE and not policies.is_holder(staff, found.label[:3]):
        raise NotFound
    pdf = papers.pdf_of(found)
    if pdf is None:
        messages.info(request, f"{found.title}正在打印，几秒后再看。")
        return redirect("case", found.label)
    response = HttpResponse(pdf, content_type="application/pdf")
    name = quote(f"{found.title}-{found.number}.pdf")
    response["Content-Disposition"] = f"inline; filename*=UTF-8''{name}"
    return response


@require_safe
def receipt(request: HttpRequest, number: str, seq: int) -> HttpResponse:
    """The receipt of a record as the verifier takes it, byte for byte what the code on the slip holds (T56)."""
    found = queries.receipt_to_show(request.staff, number, seq)  # type: ignore[attr-defined]
    response = HttpResponse(receipts.as_json(found), content_type="application/json")
    name = quote(f"记录回执-{found.label}-{found.record_seq}.json")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response
