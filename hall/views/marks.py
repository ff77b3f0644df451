"""The mark of a keyset page in an address: where the list goes on (design decision 12)."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from hall import queries


def read_mark(request: HttpRequest) -> tuple[datetime, str] | None:
    """`?after=<instant>_<id>`; a mark that can't be read starts the list anew."""
    at, _, key = request.GET.get("after", "").partition("_")
    try:
        instant = datetime.fromisoformat(at)
        return (instant.astimezone(UTC), str(uuid.UUID(key))) if instant.tzinfo else None
    except (ValueError, OverflowError):
        return None


def next_page(request: HttpRequest, found: Sequence[Any], by: str = "opened_at") -> dict[str, str] | None:
    """The link to what follows the rows shown, ordered by this instant; `found` holds one row more than a page when there is more."""
    if len(found) <= queries.PAGE:
        return None
    last = found[queries.PAGE - 1]
    kept = {name: value for name, value in request.GET.items() if name != "after"}
    return {"label": "后面的", "url": "?" + urlencode({**kept, "after": f"{getattr(last, by).isoformat()}_{last.id}"})}
