from django.apps import AppConfig


class RenderConfig(AppConfig):
    name = "publisher.render"
    label = "render"

    def ready(self) -> None:
        from publisher.compose.shown import install
        from publisher.render.shown import Studio

        install(Studio())
