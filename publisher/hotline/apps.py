from django.apps import AppConfig


class HotlineConfig(AppConfig):
    name = "publisher.hotline"
    label = "hotline"
