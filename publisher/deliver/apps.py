from django.apps import AppConfig


class DeliverConfig(AppConfig):
    name = "publisher.deliver"
    label = "deliver"

    def ready(self) -> None:
        """Remember which chats the platforms tell us of."""
        from publisher.deliver import heard, listeners

        if heard.note_event not in listeners.on_event:
            listeners.on_event.append(heard.note_event)
