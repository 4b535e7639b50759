from django.urls import path

from tilisilta.web.problems import views

urlpatterns = [
    path("problems/", views.problem_list, name="problem-list"),
    path("problems/<int:pk>/", views.problem_group, name="problem-group"),
    path("problems/<int:pk>/retry/", views.problem_retry, name="problem-retry"),
    path("problems/<int:pk>/skip/", views.problem_skip, name="problem-skip"),
]
