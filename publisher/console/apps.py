from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "publisher.console"
    label = "console"
