"""Rules that the database itself keeps, as migration operations.

`append_only(table)`: rows may be inserted, never updated or deleted.
`frozen_when(table, condition)`: a row (as OLD) for which the SQL condition holds may not change or go,
except for the named columns.
"""

from __future__ import annotations

from django.db import migrations


def append_only(table: str) -> migrations.RunSQL:
    """Refuse UPDATE and DELETE on the table."""
    return migrations.RunSQL(
        sql=f"""
        CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation';
        END $$;
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_append_only();
        """,
        reverse_sql=f"""
        DROP TRIGGER {table}_append_only ON {table};
        DROP FUNCTION {table}_append_only();
        """,
    )


def frozen_when(
    table: str, condition: str, *, except_columns: tuple[str, ...] = (), on_insert: str = ""
) -> migrations.RunSQL:
    """Refuse changes to rows for which the condition (over OLD) holds.

    condition: an SQL expression that may use OLD and subqueries.
    except_columns: columns that may still change on such a row.
    on_insert: an SQL expression over NEW; where it holds, inserting is refused too.
    """
    dropped = "".join(f" - '{column}'" for column in except_columns)
    insert_check = (
        f"IF TG_OP = 'INSERT' THEN IF {on_insert} THEN {_refuse(table)} END IF; RETURN NEW; END IF;"
        if on_insert
        else ""
    )
    events = "INSERT OR UPDATE OR DELETE" if on_insert else "UPDATE OR DELETE"
    return migrations.RunSQL(
        sql=f"""
        CREATE OR REPLACE FUNCTION {table}_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {insert_check}
            IF {condition} THEN
                IF TG_OP = 'DELETE' THEN {_refuse(table)} END IF;
                IF (to_jsonb(OLD){dropped}) IS DISTINCT FROM (to_jsonb(NEW){dropped}) THEN
                    {_refuse(table)}
                END IF;
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER {table}_frozen BEFORE {events} ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_frozen();
        """,
        reverse_sql=f"""
        DROP TRIGGER {table}_frozen ON {table};
        DROP FUNCTION {table}_frozen();
        """,
    )


def _refuse(table: str) -> str:
    return f"RAISE EXCEPTION '{table} row is frozen' USING ERRCODE = 'integrity_constraint_violation';"
