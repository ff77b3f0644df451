"""A printed paper of a case, the same bytes at every reading."""

import uuid
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from hall import queries
from supervision import papers


@require_safe
def paper(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """The PDF in the browser; while the worker prints it, back to the case with a word about that."""
    found = queries.paper_to_show(request.staff, key)  # type: ignore[attr-defined]
    pdf = papers.pdf_of(found)
    if pdf is None:
        messages.info(request, f"{found.title}正在打印，几秒后再看。")
        return redirect("case", found.label)
    response = HttpResponse(pdf, content_type="application/pdf")
    name = quote(f"{found.title}-{found.number}.pdf")
    response["Content-Disposition"] = f"inline; filename*=UTF-8''{name}"
    return response
