from django.apps import AppConfig


class MeasureConfig(AppConfig):
    name = "publisher.measure"
    label = "measure"

    def ready(self) -> None:
        """Hear of sent messages and of what platforms tell; deliver stands below and may not call us by name."""
        from publisher.deliver import listeners
        from publisher.measure.appointments import make_for
        from publisher.measure.record import record_event
        from publisher.measure.tracked import worded

        if make_for not in listeners.on_sent:
            listeners.on_sent.append(make_for)
        if record_event not in listeners.on_event:
            listeners.on_event.append(record_event)
        if worded not in listeners.on_wording:
            listeners.on_wording.append(worded)
