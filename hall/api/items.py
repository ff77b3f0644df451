"""The feed of what can be applied for, for programs that keep a copy of it (domain 8.3)."""

import base64
import binascii
import re
from datetime import date
from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import queries as catalog
from hall.api.clients import Scope
from hall.api.edge import ApiView
from hall.api.schema import errors
from hall.config.api_errors import BadParameters
from hall.serializers import ItemOut, ItemsOut, item_told
from supervision import moment

PAGE, LARGEST_PAGE = 50, 200
_KEY = re.compile(r"[A-Za-z0-9-]{1,12}")


class Items(ApiView):
    """事项清单。"""

    scope, verb = Scope.ITEMS_READ, "read_items"
    parameters = frozenset({"since", "cursor", "limit"})

    @extend_schema(
        operation_id="list_items",
        tags=["事项"],
        summary="在用的事项，按事项号分页",
        description=(
            "不带 since 时给出今天可以申办的全部事项；带 since 时只给出这一天起开始施行的版本（items）和停用的事项号"
            "（withdrawn）。下次把 as_of 作为 since。next_cursor 不是 null 时还有下一页，其余参数不变。"
        ),
        parameters=[
            OpenApiParameter("since", date, description="自这一天（含）起的变化"),
            OpenApiParameter("cursor", str, description="上一页的 next_cursor"),
            OpenApiParameter(
                "limit", int, description=f"每页件数，默认 {PAGE}，超过 {LARGEST_PAGE} 按 {LARGEST_PAGE} 算"
            ),
        ],
        responses={200: ItemsOut, **errors()},
    )
    def get(self, request: Request) -> Response:
        today = moment.local_date(moment.now())
        since, after, size = _since(request), _after(request), _size(request)
        found = list(catalog.feed(today, since=since, after=after)[: size + 1])
        page = found[:size]
        told: dict[str, Any] = {
            "as_of": today,
            "items": [item_told(item) for item in page if item.in_use],  # type: ignore[attr-defined]
            "withdrawn": [item.key for item in page if not item.in_use],  # type: ignore[attr-defined]
            "next_cursor": _cursor(page[-1].key) if len(found) > size else None,
        }
        return Response(ItemsOut(told).data)


class Item(ApiView):
    """一个事项。"""

    scope, verb = Scope.ITEMS_READ, "read_items"

    @extend_schema(
        operation_id="read_item",
        tags=["事项"],
        summary="一个在用的事项",
        responses={200: ItemOut, **errors(404)},
    )
    def get(self, request: Request, key: str) -> Response:
        today = moment.local_date(moment.now())
        item = catalog.feed(today, since=None, after="").filter(key=key).first()
        if item is None:
            raise Http404
        return Response(ItemOut(item_told(item)).data)


def _since(request: Request) -> date | None:
    told = request.GET.get("since")
    if told is None:
        return None
    try:
        return date.fromisoformat(told)
    except ValueError:
        fault = ("parameter", "since", "since_invalid", "since 要写成日期，例如 2026-03-10。")
        raise BadParameters(fault) from None


def _size(request: Request) -> int:
    told = request.GET.get("limit", str(PAGE))
    if not re.fullmatch(r"[1-9][0-9]{0,8}", told):
        raise BadParameters(("parameter", "limit", "limit_invalid", f"limit 是 1 至 {LARGEST_PAGE} 的整数。"))
    return min(int(told), LARGEST_PAGE)


def _cursor(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _after(request: Request) -> str:
    """The key after which the page begins. The cursor is opaque to callers, so what stands in it may change."""
    told = request.GET.get("cursor")
    if told is None:
        return ""
    try:
        key = base64.urlsafe_b64decode(told.encode() + b"=" * (-len(told) % 4)).decode()
    except (ValueError, binascii.Error):
        key = ""
    if not _KEY.fullmatch(key):
        fault = ("parameter", "cursor", "cursor_invalid", "cursor 要原样使用上一页的 next_cursor。")
        raise BadParameters(fault)
    return key
