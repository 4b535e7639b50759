from django.urls import path

from tilisilta.web.matches import views

urlpatterns = [
    path("matches/", views.match_home, name="match-list"),
    path("integrations/<int:pk>/matches/", views.match_list, name="match-list"),
    path("integrations/<int:pk>/matches/decide/", views.match_decide, name="match-decide"),
    path("integrations/<int:pk>/matches/look/", views.match_look, name="match-look"),
    path("integrations/<int:pk>/matches/<int:proposal_id>/", views.match_detail, name="match-detail"),
]
