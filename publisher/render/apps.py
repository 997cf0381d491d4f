from django.apps import AppConfig


class RenderConfig(AppConfig):
    name = "publisher.render"
    label = "render"
