from django.urls import path

from tilisilta.web.tokens import views

urlpatterns = [
    path("tokens/", views.token_list, name="token-list"),
    path("tokens/new/", views.create, name="token-new"),
    path("tokens/<int:token_id>/revoke/", views.revoke, name="token-revoke"),
]
