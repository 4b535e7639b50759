from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "tilisilta.web"
    label = "web"
