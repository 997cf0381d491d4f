from django.apps import AppConfig


class DeliverConfig(AppConfig):
    name = "publisher.deliver"
    label = "deliver"

    def ready(self) -> None:
        """Remember which chats the platforms tell us of, how linked phones are, votes and replies."""
        from publisher.deliver import heard, listeners, phones, responses

        for tell in (heard.note_event, phones.record_event, responses.record_event):
            if tell not in listeners.on_event:
                listeners.on_event.append(tell)
