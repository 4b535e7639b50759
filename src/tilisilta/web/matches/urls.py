from django.urls import path

from tilisilta.web.matches import views

urlpatterns = [
    path("matches/", views.match_home, name="match-list"),
    path("matches/<int:pk>/", views.match_list, name="match-list"),
    path("matches/<int:pk>/decide/", views.match_decide, name="match-decide"),
    path("matches/<int:pk>/look/", views.match_look, name="match-look"),
    path("matches/<int:pk>/<int:proposal_id>/", views.match_detail, name="match-detail"),
]
