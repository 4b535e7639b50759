"""Addresses of the subject."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
