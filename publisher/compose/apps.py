from django.apps import AppConfig


class ComposeConfig(AppConfig):
    name = "publisher.compose"
    label = "compose"
