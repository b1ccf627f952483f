from django.db import migrations

from accounts.dbrules import frozen_when

REVISION = "(SELECT state FROM assessments_itemrevision WHERE id = {row}.revision_id) = 'approved'"
FORM = "(SELECT state FROM assessments_form WHERE id = {row}.form_id) <> 'draft'"
BLUEPRINT = "(SELECT state FROM assessments_blueprint WHERE id = {row}.blueprint_id) <> 'draft'"
SECTION = (
    "(SELECT b.state FROM assessments_blueprint b JOIN assessments_blueprintsection s"
    " ON s.blueprint_id = b.id WHERE s.id = {row}.section_id) <> 'draft'"
)


def _child(table: str, condition: str) -> migrations.RunSQL:
    return frozen_when(table, condition.format(row="OLD"), on_insert=condition.format(row="NEW"))


class Migration(migrations.Migration):
    dependencies = [("assessments", "0001_initial"), ("accounts", "0002_rules")]

    operations = [
        frozen_when("assessments_itemrevision", "OLD.state = 'approved'"),
        _child("assessments_revisionrequirement", REVISION),
        frozen_when("assessments_blueprint", "OLD.state <> 'draft'", except_columns=("state", "updated_at")),
        _child("assessments_blueprintsection", BLUEPRINT),
        _child("assessments_blueprintrow", SECTION),
        frozen_when("assessments_form", "OLD.state <> 'draft'", except_columns=("state",)),
        _child("assessments_formslot", FORM),
    ]
