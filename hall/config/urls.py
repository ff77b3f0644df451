"""Every address of the product, room by room. `hall.config.access` says who may open each."""

from django.urls import include, path

urlpatterns = [
    path("", include("hall.urls")),
]
