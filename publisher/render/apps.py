from django.apps import AppConfig


class RenderConfig(AppConfig):
    name = "publisher.render"
    label = "render"

    def ready(self) -> None:
        from django.db.models.signals import post_save

        from publisher import storage
        from publisher.compose.models import Upload
        from publisher.compose.shown import install
        from publisher.render.shown import Studio

        install(Studio())
        post_save.connect(storage.share, sender=Upload, dispatch_uid="shared files")
