from django.apps import AppConfig


class ReportConfig(AppConfig):
    name = "publisher.report"
    label = "report"
