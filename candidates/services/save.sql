-- Append answers to an attempt: one statement that checks state, lease and the database's clock.
-- FOR SHARE makes it wait for a hand-in that is under way, so that nothing is acknowledged after the
-- receipt was made. Read by candidates.services.responses and by bench.bare.
WITH attempt AS MATERIALIZED (
    SELECT id, form_id, state, lease = %(lease)s::uuid AS held, deadline_at,
           state = 'running' AND lease = %(lease)s::uuid
           AND clock_timestamp() <= deadline_at + make_interval(secs => %(grace)s) AS open
    FROM candidates_attempt WHERE id = %(attempt)s FOR SHARE
), stored AS (
    INSERT INTO candidates_response (attempt_id, slot_id, revision, kind, value, flagged, client_at)
    SELECT attempt.id, entry.slot, entry.revision, 'answer', entry.value, entry.flagged, entry.at
    FROM attempt, jsonb_to_recordset(%(entries)s::jsonb)
        AS entry(slot bigint, revision int, value jsonb, flagged boolean, at timestamptz)
    WHERE attempt.open
    ON CONFLICT DO NOTHING
    RETURNING slot_id, revision
)
SELECT state, held, open, deadline_at, clock_timestamp(),
       (SELECT coalesce(json_agg(json_build_array(slot_id, revision)), '[]') FROM stored)
FROM attempt
