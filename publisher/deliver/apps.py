from django.apps import AppConfig


class DeliverConfig(AppConfig):
    name = "publisher.deliver"
    label = "deliver"

    def ready(self) -> None:
        """Remember which chats the platforms tell us of, how linked phones are, votes and replies; a new hotline's
        number comes into the films that are still to go out."""
        from publisher.deliver import films, heard, listeners, phones, responses
        from publisher.people import districts

        if films.renew not in districts.on_new_numbers:
            districts.on_new_numbers.append(films.renew)

        for tell in (heard.note_event, phones.record_event, responses.record_event):
            if tell not in listeners.on_event:
                listeners.on_event.append(tell)
