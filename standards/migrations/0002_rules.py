from django.db import migrations

from accounts.dbrules import frozen_when


def _published(path: str) -> str:
    """SQL: the edition reached by `path` (a scalar subquery for its id) is no longer a draft."""
    return f"(SELECT state FROM standards_edition WHERE id = {path}) <> 'draft'"


def _of_level(level: str) -> str:
    return f"(SELECT edition_id FROM standards_level WHERE id = {level})"


def _of_domain(domain: str) -> str:
    return _of_level(f"(SELECT level_id FROM standards_domain WHERE id = {domain})")


def _of_task(task: str) -> str:
    return _of_domain(f"(SELECT domain_id FROM standards_task WHERE id = {task})")


def _below_edition(table: str, path: str) -> migrations.RunSQL:
    """`path` has one {row} placeholder, for OLD or NEW."""
    return frozen_when(
        table, _published(path.format(row="OLD")), on_insert=_published(path.format(row="NEW"))
    )


class Migration(migrations.Migration):
    dependencies = [("standards", "0001_initial"), ("accounts", "0002_rules")]

    operations = [
        frozen_when("standards_edition", "OLD.state <> 'draft'", except_columns=("state",)),
        _below_edition("standards_level", "{row}.edition_id"),
        _below_edition("standards_domain", _of_level("{row}.level_id")),
        _below_edition("standards_task", _of_domain("{row}.domain_id")),
        _below_edition("standards_requirement", _of_task("{row}.task_id")),
        _below_edition("standards_term", "{row}.edition_id"),
        _below_edition("standards_normativereference", "{row}.edition_id"),
        _below_edition("standards_major", "{row}.edition_id"),
        _below_edition("standards_jobprofile", _of_level("{row}.level_id")),
        _below_edition("standards_bibliographyentry", "{row}.edition_id"),
        _below_edition("standards_importfinding", "{row}.edition_id"),
    ]
