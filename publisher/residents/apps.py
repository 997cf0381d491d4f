from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    name = "publisher.residents"
    label = "residents"

    def ready(self) -> None:
        """Deliver stands below and may not call us by name."""
        from publisher.compose import codes
        from publisher.deliver import listeners
        from publisher.residents.hearing import record_event
        from publisher.residents.proofs import line_below

        if record_event not in listeners.on_event:
            listeners.on_event.append(record_event)
        codes.install(line_below)
