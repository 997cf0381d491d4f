from django.apps import AppConfig


class PlanConfig(AppConfig):
    name = "publisher.plan"
    label = "plan"
