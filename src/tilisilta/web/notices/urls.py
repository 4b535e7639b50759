from django.urls import path

from tilisilta.web.notices import views

urlpatterns = [
    path("notices/", views.notice_list, name="notice-list"),
    path("notices/read/", views.mark_all_read, name="notice-read-all"),
    path("notices/<int:notice_id>/", views.follow, name="notice-follow"),
]
