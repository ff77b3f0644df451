"""The description of the API (OpenAPI 3.1), made from the views themselves, and the page that shows it."""

from functools import lru_cache
from typing import Any

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hall.config.api_errors import MEDIA_TYPE, TITLES


class FaultOut(serializers.Serializer[Any]):
    """One fault: where it stands, its code, and what to do."""

    pointer = serializers.CharField(required=False, help_text="正文中的位置，JSON Pointer")
    parameter = serializers.CharField(required=False, help_text="查询参数")
    header = serializers.CharField(required=False, help_text="请求头")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemOut(serializers.Serializer[Any]):
    """RFC 9457. `code` is for programs and stays; `detail` and `remedy` are for people."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    rules = serializers.ListField(child=serializers.CharField(), help_text="依据的规则编号")
    remedy = serializers.CharField(allow_blank=True)
    errors = FaultOut(many=True)  # type: ignore[assignment]
    instance = serializers.CharField(required=False)


def errors(*own: int) -> dict[Any, OpenApiResponse]:
    """The error responses of an operation, all of one shape: those of every operation and its own."""
    statuses = sorted({400, 401, 403, 406, 500, 503, *own})
    return {(status, MEDIA_TYPE): OpenApiResponse(ProblemOut, TITLES[status]) for status in statuses}


class StrictExtension(OpenApiSerializerExtension):
    """Objects that refuse unknown fields say so in the schema."""

    target_class = "hall.serializers.Strict"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: str) -> Any:
        made = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**made, "additionalProperties": False}


class BearerScheme(OpenApiAuthenticationExtension):
    """How the schema tells of the key."""

    target_class = "hall.api.clients.ClientAuthentication"
    name = "client"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer <client_id>.<secret>`"}


class Schema(APIView):
    """The schema: JSON unless YAML is asked for. Made once per process, since code alone decides it."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    http_method_names = ["get", "head"]
    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer, OpenApiYamlRenderer2]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(described())


@lru_cache(maxsize=1)
def described() -> Any:
    return SchemaGenerator().get_schema(request=None, public=True)


@csp_update({"img-src": ["data:"]})
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI from our own static files; no script or style inline, only the icons of its sheet are (T09)."""
    return render(request, "api/docs.html")
