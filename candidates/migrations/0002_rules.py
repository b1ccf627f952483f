from django.db import migrations

from accounts.dbrules import append_only, frozen_when


class Migration(migrations.Migration):
    dependencies = [("candidates", "0001_initial"), ("accounts", "0002_rules")]

    operations = [
        append_only("candidates_response"),
        append_only("candidates_attemptevent"),
        append_only("candidates_incident"),
        frozen_when(
            "candidates_attempt",
            "OLD.state IN ('submitted', 'collected', 'voided')",
            except_columns=("state", "last_seen_at"),
        ),
    ]
