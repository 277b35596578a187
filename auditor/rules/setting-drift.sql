/*
title = "A protective setting differs from what the district expects"
looks_for = "Settings of whole systems that, when last looked at, were not what the district expects, or of which nobody can tell."
kind = "records"
needs = ["system-settings"]
identity = ["thing_key"]
evidence = ["not_told", "both_found"]
says = "This setting, when last looked at, was not, or not surely, as the district expects."
why = [
  "It is the newest look on record that counts.",
  "when not_told: The record does not tell whether it is as expected.",
  "when both_found: Another look of the same day says otherwise.",
]
misses = [
  "Settings that changed and were changed back between two looks.",
  "Settings nobody looks at, and exceptions for single people or groups.",
  "A look that is dated later than the day after the last day looked at.",
]
explained_by = ["TZ", "DUP", "TEST"]
*/
WITH newest AS (
    SELECT s.thing_key, MAX(s.seen_day) AS seen_day
    FROM system_setting s
    CROSS JOIN judged_days d
    WHERE s.seen_day <= d.last_day + 1
    GROUP BY s.thing_key
),
found AS (
    SELECT s.record_key, s.thing_key, s.seen_day, s.as_expected,
           MAX(COALESCE(s.as_expected, 0)) OVER (PARTITION BY s.thing_key) AS also_expected
    FROM system_setting s
    JOIN newest n ON n.thing_key = s.thing_key AND n.seen_day = s.seen_day
)
SELECT DISTINCT record_key, seen_day AS since_day, CAST(NULL AS BIGINT) AS adult_key,
       CAST(NULL AS BIGINT) AS student_key, CAST(NULL AS BIGINT) AS team_key, thing_key,
       CASE WHEN as_expected IS NULL OR also_expected = 1 THEN 1 ELSE 0 END AS uncertain,
       CASE WHEN as_expected IS NULL THEN 1 ELSE 0 END AS not_told,
       also_expected AS both_found
FROM found
WHERE COALESCE(as_expected, 0) = 0
