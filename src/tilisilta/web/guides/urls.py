from django.urls import path

from tilisilta.web.guides import views

urlpatterns = [path("guide/<slug:part>/<slug:name>/", views.guide, name="guide")]
