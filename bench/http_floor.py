"""The floor under any Django service of this kind: a case is created, moved by a step, shown and listed, and nothing else is done.

No middleware, no sign-in, no letters, no record, nothing sealed, no paper. Models and Django REST framework as their handbooks
show them. Run by http.py under the same gunicorn as the product, on the tables of http_floor.sql; the database comes as JSON from FLOOR_DATABASE.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="floor" * 10,
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1"],
    USE_TZ=True,
    INSTALLED_APPS=["rest_framework"],
    DATABASES={"default": json.loads(os.environ["FLOOR_DATABASE"])},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402 - models need settings
from django.db import models, transaction  # noqa: E402
from django.db.models import F  # noqa: E402
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import serializers  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

LISTED = 20


class Series(models.Model):
    name = models.TextField(primary_key=True)
    value = models.BigIntegerField()

    class Meta:
        app_label, db_table, managed = "floor", "floor_series", False


class Case(models.Model):
    number = models.TextField(unique=True)
    item = models.TextField()
    unit = models.IntegerField()
    applicant = models.TextField()
    state = models.SmallIntegerField(default=0)
    step = models.SmallIntegerField(default=0)
    due_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    concluded_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=0)

    class Meta:
        app_label, db_table, managed = "floor", "floor_case", False


class Material(models.Model):
    case = models.ForeignKey(Case, models.PROTECT)
    name = models.TextField()
    complete = models.BooleanField(default=False)

    class Meta:
        app_label, db_table, managed = "floor", "floor_material", False


class Act(models.Model):
    case = models.ForeignKey(Case, models.PROTECT)
    verb = models.TextField()
    actor = models.TextField()
    at = models.DateTimeField()
    facts = models.JSONField(default=dict)

    class Meta:
        app_label, db_table, managed = "floor", "floor_act", False


class Asked(serializers.Serializer[Any]):
    unit = serializers.IntegerField(min_value=1, max_value=99)
    item = serializers.CharField(max_length=32)
    applicant = serializers.CharField(max_length=100)
    actor = serializers.CharField(max_length=50)
    materials = serializers.ListField(child=serializers.CharField(max_length=200), max_length=50)


class Told(serializers.ModelSerializer[Case]):
    class Meta:
        model = Case
        fields: ClassVar = ["id", "number", "item", "unit", "applicant", "state", "step", "due_at", "opened_at"]


class Create(APIView):
    """POST /cases: counter, case, materials, act."""

    def post(self, request: Request) -> Response:
        asked = Asked(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(Told(create(asked.validated_data)).data, 201)


def create(asked: dict[str, Any]) -> Case:
    now = datetime.now(UTC)
    series = f"{asked['unit']}-{now.year}"
    with transaction.atomic():
        Series.objects.filter(pk=series).update(value=F("value") + 1)
        serial = Series.objects.values_list("value", flat=True).get(pk=series)
        case = Case.objects.create(
            number=f"{series}-{serial:07d}",
            item=asked["item"],
            unit=asked["unit"],
            applicant=asked["applicant"],
            due_at=now + timedelta(days=20),
            opened_at=now,
        )
        Material.objects.bulk_create([Material(case=case, name=name) for name in asked["materials"]])
        Act.objects.create(case=case, verb="create", actor=asked["actor"], at=now, facts={"item": asked["item"]})
    return case


def step(request: HttpRequest, key: int) -> JsonResponse:
    """POST /cases/<id>/step: lock, change, act."""
    actor, now = json.loads(request.body)["actor"], datetime.now(UTC)
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=key)
        case.step, case.version, case.state = case.step + 1, case.version + 1, 1
        case.due_at = now + timedelta(days=5)
        case.save(update_fields=["step", "version", "state", "due_at"])
        Act.objects.create(case=case, verb="step", actor=actor, at=now, facts={"to": case.step})
    return JsonResponse(told(case))


def show(request: HttpRequest, key: int) -> JsonResponse:
    """GET /cases/<id>: the case, its materials, its acts."""
    case = Case.objects.get(pk=key)
    materials = Material.objects.filter(case=case).values("name", "complete")
    acts = Act.objects.filter(case=case).order_by("id").values("verb", "actor", "at", "facts")
    return JsonResponse({**told(case), "materials": list(materials), "acts": list(acts)})


def listed(request: HttpRequest, unit: int) -> JsonResponse:
    """GET /units/<number>: the newest twenty of a unit."""
    cases = Case.objects.filter(unit=unit).order_by("-opened_at")[:LISTED]
    return JsonResponse({"cases": [told(case) for case in cases]})


def told(case: Case) -> dict[str, Any]:
    names = ("id", "number", "item", "unit", "applicant", "state", "step")
    days = {name: getattr(case, name).isoformat() for name in ("due_at", "opened_at")}
    return {name: getattr(case, name) for name in names} | days


urlpatterns = [
    path("cases", Create.as_view()),
    path("cases/<int:key>", show),
    path("cases/<int:key>/step", step),
    path("units/<int:unit>", listed),
]
application = get_wsgi_application()
