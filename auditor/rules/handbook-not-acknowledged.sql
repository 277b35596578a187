/*
title = "Handbook not acknowledged in time"
looks_for = "Staff who were due to review a school year's handbook, and whose acknowledgement is not on record once the day has passed."
needs = ["people", "acknowledgements"]
kind = "records"
identity = ["thing_key"]
evidence = ["days_late", "done_later", "done_elsewhere"]
says = "{records:acknowledgement|acknowledgements} of this handbook not on record after the day on which they were due."
why = [
  "The longest is {days_late_max:day|days} late.",
]
misses = [
  "Whether the handbook was read.",
  "An acknowledgement filed under a name nobody could match; the night's page names it.",
  "Leave, where no list shows it.",
]
explained_by = ["NAME", "SUB", "GRAD", "TZ", "DUP"]
*/
WITH overdue AS (
    SELECT h.record_key, h.thing_key, MAX(h.due_day) AS due_day, MAX(d.last_day) AS last_day
    FROM handbook_duty h
    CROSS JOIN judged_days d
    GROUP BY h.record_key, h.thing_key
    HAVING MAX(h.due_day) < MAX(d.last_day)
),
outstanding AS (
    SELECT o.record_key, o.thing_key, o.due_day, o.last_day
    FROM overdue o
    WHERE NOT EXISTS (
        SELECT 1
        FROM handbook_done f
        WHERE f.record_key = o.record_key
            AND f.thing_key = o.thing_key
            AND (f.done_day IS NULL OR f.done_day <= o.last_day)
    )
),
/* Half a year: whatever was acknowledged before that was last year's. */
filed AS (
    SELECT o.record_key, o.thing_key,
           MAX(CASE WHEN f.thing_key = o.thing_key THEN 1 ELSE 0 END) AS done_later,
           MAX(CASE WHEN f.thing_key <> o.thing_key
                         AND f.done_day > o.due_day - 183
                         AND f.done_day <= o.last_day
                    THEN 1 ELSE 0 END) AS done_elsewhere
    FROM outstanding o
    JOIN handbook_done f ON f.record_key = o.record_key
    WHERE f.thing_key = o.thing_key
        OR NOT EXISTS (
            SELECT 1
            FROM handbook_duty h
            WHERE h.record_key = f.record_key AND h.thing_key = f.thing_key
        )
    GROUP BY o.record_key, o.thing_key
)
SELECT o.record_key, o.due_day AS since_day, CAST(NULL AS BIGINT) AS adult_key,
       CAST(NULL AS BIGINT) AS student_key, CAST(NULL AS BIGINT) AS team_key, o.thing_key,
       CASE WHEN COALESCE(f.done_later, 0) + COALESCE(f.done_elsewhere, 0) > 0 THEN 1 ELSE 0 END
           AS uncertain,
       o.last_day - o.due_day AS days_late,
       COALESCE(f.done_later, 0) AS done_later,
       COALESCE(f.done_elsewhere, 0) AS done_elsewhere
FROM outstanding o
LEFT JOIN filed f ON f.record_key = o.record_key AND f.thing_key = o.thing_key
