from django.apps import AppConfig


class MeasureConfig(AppConfig):
    name = "publisher.measure"
    label = "measure"
