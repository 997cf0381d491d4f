from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "publisher.people"
    label = "people"
