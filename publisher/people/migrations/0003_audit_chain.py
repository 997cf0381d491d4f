from django.db import migrations, models
import django.db.models.deletion
from django.conf import settings

from publisher.people import chain


def number_and_chain(apps, schema_editor):
    """Lines from before there was a chain are taken as they stand."""
    rows = apps.get_model("people", "AuditEntry").objects.using(schema_editor.connection.alias)
    previous = chain.FIRST
    for number, line in enumerate(rows.order_by("pk").iterator(), start=1):
        line.number = number
        line.hash = chain.digest(previous, {name: getattr(line, name) for name in chain.FIELDS})
        line.save(update_fields=["number", "hash"])
        previous = line.hash


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0002_second_factor'),
    ]

    operations = [
        migrations.AddField('auditentry', 'number', models.BigIntegerField(null=True)),
        migrations.AddField('auditentry', 'before', models.JSONField(blank=True, null=True)),
        migrations.AddField('auditentry', 'after', models.JSONField(blank=True, null=True)),
        migrations.AddField('auditentry', 'hash', models.CharField(default='', max_length=64), preserve_default=False),
        migrations.AlterField('auditentry', 'at', models.DateTimeField(db_index=True)),
        migrations.AlterField(
            'auditentry', 'actor',
            models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            'auditentry', 'district',
            models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='people.district'),
        ),
        migrations.RunPython(number_and_chain, migrations.RunPython.noop),
        migrations.AlterField('auditentry', 'number', models.BigIntegerField(unique=True)),
    ]
