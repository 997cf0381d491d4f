from django.apps import AppConfig


class ReportConfig(AppConfig):
    name = "publisher.report"
    label = "report"

    def ready(self) -> None:
        """Deliver stands below and may not call us by name: a reader of the digest connects by the bot."""
        from publisher.deliver import listeners
        from publisher.report.digests_sending import record_event

        if record_event not in listeners.on_event:
            listeners.on_event.append(record_event)
