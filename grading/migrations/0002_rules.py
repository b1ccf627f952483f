from django.db import migrations

from accounts.dbrules import append_only, frozen_when


class Migration(migrations.Migration):
    dependencies = [("grading", "0001_initial"), ("accounts", "0002_rules")]

    operations = [
        append_only("grading_mark"),
        append_only("grading_releasedresult"),
        append_only("grading_certificatefile"),
        append_only("grading_certificateevent"),
        frozen_when("grading_result", "TRUE", except_columns=("is_current",)),
        frozen_when(
            "grading_certificate", "TRUE", except_columns=("state", "issued_at", "ended_at", "end_reason")
        ),
    ]
