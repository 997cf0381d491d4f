import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("render", "0002_orders")]

    operations = [
        migrations.AlterField(
            "renderjob",
            "order",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="jobs", to="render.renderorder"
            ),
        ),
        migrations.AlterField(
            "renderjob",
            "district",
            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.district"),
        ),
        *[
            migrations.RemoveField("renderjob", name)
            for name in (
                "post",
                "source",
                "format",
                "digest_before",
                "digest_after",
                "ordered_by",
                "ordered_by_name",
                "created_at",
            )
        ],
        migrations.AddConstraint(
            "renderjob",
            models.UniqueConstraint(
                fields=("order", "district", "language", "profile"), name="one_job_for_each_film_of_an_order"
            ),
        ),
    ]
