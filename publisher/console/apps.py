from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "publisher.console"
    label = "console"

    def ready(self) -> None:
        from publisher.console import arrivals  # noqa: F401  (it listens to log-ins)
