from django.apps import AppConfig


class DeliverConfig(AppConfig):
    name = "publisher.deliver"
    label = "deliver"
