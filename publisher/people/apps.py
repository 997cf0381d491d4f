from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PeopleConfig(AppConfig):
    name = "publisher.people"
    label = "people"

    def ready(self) -> None:
        from publisher.people import triggers

        post_migrate.connect(triggers.put_in_place, sender=self, dispatch_uid="audit triggers")
