from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    name = "publisher.residents"
    label = "residents"
