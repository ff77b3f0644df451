"""Addresses of version 1. `tests/hall/api/test_schema.py` holds them equal to the schema (T35)."""

from django.urls import path

from hall.api import cases, items, schema

urlpatterns = [
    path("items/", items.Items.as_view(), name="api_items"),
    path("items/<slug:key>/", items.Item.as_view(), name="api_item"),
    path("cases/", cases.Cases.as_view(), name="api_cases"),
    path("cases/<slug:number>/progress/", cases.Progress.as_view(), name="api_progress"),
    path("schema/", schema.Schema.as_view(), name="api_schema"),
    path("docs/", schema.docs, name="api_docs"),
]
