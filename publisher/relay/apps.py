from django.apps import AppConfig


class RelayConfig(AppConfig):
    name = "publisher.relay"
    label = "relay"

    def ready(self) -> None:
        """Deliver stands below and may not call us by name."""
        from publisher.deliver import listeners
        from publisher.relay.notices import record_event

        if record_event not in listeners.on_event:
            listeners.on_event.append(record_event)
