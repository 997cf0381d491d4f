import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def into_orders(apps, schema_editor):
    """What was made before stays known as the studio's own; a post shows those films as ordinary files."""
    here = schema_editor.connection.alias  # also while moving: the database that is migrated, not the one in use
    jobs = apps.get_model("render", "RenderJob").objects.using(here)
    orders = apps.get_model("render", "RenderOrder").objects.using(here)
    for job in jobs.select_related("post"):
        order, _made = orders.get_or_create(
            post=job.post,
            source=job.source,
            defaults={
                "format": job.format,
                "ordered_by": job.ordered_by,
                "ordered_by_name": job.ordered_by_name,
            },
        )
        job.order, job.district = order, job.post.district
        job.save(update_fields=["order", "district"])


class Migration(migrations.Migration):
    dependencies = [
        ("compose", "0002_initial"),
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("render", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="RenderOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("layout", models.CharField(default="film", max_length=40)),
                ("format", models.CharField(max_length=5)),
                ("fill", models.CharField(default="blur", max_length=5)),
                ("cover_at", models.FloatField(null=True)),
                ("look", models.CharField(blank=True, max_length=64)),
                ("ordered_by_name", models.CharField(max_length=150)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "ordered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="films", to="compose.post"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="compose.upload"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("post", "source"), name="one_order_for_a_film_of_a_post")
                ],
            },
        ),
        migrations.CreateModel(
            name="Fitted",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("most_bytes", models.BigIntegerField()),
                (
                    "result",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="fits", to="compose.upload"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="compose.upload"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("source", "most_bytes"), name="one_picture_for_each_limit")
                ],
            },
        ),
        migrations.RemoveConstraint(model_name="renderjob", name="one_rendition_per_language_of_a_film"),
        migrations.AddField(
            "renderjob",
            "order",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="jobs", to="render.renderorder"
            ),
        ),
        migrations.AddField(
            "renderjob",
            "district",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.district"
            ),
        ),
        migrations.AddField(
            "renderjob",
            "name",
            models.CharField(blank=True, db_index=True, default="", max_length=80),
            preserve_default=False,
        ),
        migrations.AddField(
            "renderjob",
            "road",
            models.CharField(
                blank=True,
                choices=[
                    ("whole", "in one pass"),
                    ("splice", "joined from shared parts"),
                    ("slice", "hotline bar put in as a slice of its own"),
                    ("kept", "there already"),
                ],
                default="",
                max_length=10,
            ),
            preserve_default=False,
        ),
        migrations.RunPython(into_orders, migrations.RunPython.noop),
    ]
