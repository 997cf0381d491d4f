from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    name = "publisher.residents"
    label = "residents"

    def ready(self) -> None:
        """Deliver stands below and may not call us by name."""
        from publisher.deliver import listeners
        from publisher.residents.hearing import record_event

        if record_event not in listeners.on_event:
            listeners.on_event.append(record_event)
