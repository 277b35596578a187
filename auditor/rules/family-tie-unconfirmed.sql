/*
title = "Family tie not confirmed within the year"
looks_for = "Adults who work in the district and whom the roster names as guardian of a student, who wrote to that student or were written to, and for whom no confirmed family tie of the last year is on file."
kind = "records"
needs = ["messages", "people", "guardians", "family-ties"]
identity = ["adult_key", "student_key"]
evidence = ["lapsed", "undated", "on_behalf"]
says = "The roster names this adult as a guardian of this student; no recent confirmation is on file."
why = [
  "The two were in touch on the days looked at, and the roster’s link is what excepts their messages.",
  "when lapsed: An older or ended confirmation is on file.",
  "when undated: A confirmation is on file that says no day.",
]
misses = [
  "Family ties the roster does not hold.",
  "Whether the link in the roster is right; only a person can tell.",
]
explained_by = ["PARENT", "FAM", "GRAD", "AUTO", "PUSH", "STUWORK", "SHARED", "LIST", "GPROXY", "VOL"]

[parameters.family_confirmed_within_days]
default = 365
unit = "days"
words = "within which a family tie has been confirmed"
*/
WITH link AS (
    SELECT DISTINCT g.guardian_key, g.student_key, d.last_day
    FROM guardian g
    CROSS JOIN judged_days d
    JOIN person_span a
        ON a.person_key = g.guardian_key
        AND a.is_adult = 1
        AND d.last_day >= a.from_day
        AND d.last_day < a.until_day
    JOIN person_span s
        ON s.person_key = g.student_key
        AND s.is_student = 1
        AND d.last_day >= s.from_day
        AND d.last_day < s.until_day
    WHERE d.last_day >= g.from_day
        AND d.last_day < g.until_day
),
touch AS (
    SELECT l.guardian_key, l.student_key, c.on_behalf
    FROM link l
    JOIN contact c ON c.adult_key = l.guardian_key AND c.sent_by_adult = 1
    JOIN party_person p ON p.message_key = c.message_key AND p.person_key = l.student_key
    UNION
    SELECT l.guardian_key, l.student_key, c.on_behalf
    FROM link l
    JOIN party_person p ON p.person_key = l.student_key AND p.role_rank = 0
    JOIN contact c ON c.message_key = p.message_key AND c.sent_by_student = 1
    JOIN party_person a ON a.message_key = c.message_key AND a.person_key = l.guardian_key
),
in_touch AS (
    SELECT guardian_key, student_key, MIN(on_behalf) AS on_behalf
    FROM touch
    GROUP BY guardian_key, student_key
),
filed AS (
    SELECT l.guardian_key, l.student_key,
           CASE WHEN l.last_day >= a.from_day AND l.last_day < a.until_day THEN 1 ELSE 0 END
               AS in_force,
           CASE WHEN a.until_day <= l.last_day THEN 1 ELSE 0 END AS has_ended,
           CASE WHEN a.granted_day IS NULL THEN 1 ELSE 0 END AS undated,
           CASE WHEN a.granted_day < l.last_day - $family_confirmed_within_days
                THEN 1 ELSE 0 END AS too_old
    FROM link l
    JOIN approval a
        ON a.adult_key = l.guardian_key
        AND a.student_key = l.student_key
        AND a.ground = 'family'
),
tie AS (
    SELECT guardian_key, student_key,
           MAX(CASE WHEN in_force = 1 AND undated = 0 AND too_old = 0 THEN 1 ELSE 0 END)
               AS confirmed,
           MAX(CASE WHEN in_force = 1 AND undated = 1 THEN 1 ELSE 0 END) AS undated,
           MAX(CASE WHEN has_ended = 1 OR too_old = 1 THEN 1 ELSE 0 END) AS lapsed
    FROM filed
    GROUP BY guardian_key, student_key
)
SELECT i.student_key AS record_key, CAST(NULL AS BIGINT) AS since_day,
       i.guardian_key AS adult_key, i.student_key, CAST(NULL AS BIGINT) AS team_key,
       CAST(NULL AS BIGINT) AS thing_key,
       CASE WHEN COALESCE(t.undated, 0) + i.on_behalf > 0 THEN 1 ELSE 0 END AS uncertain,
       COALESCE(t.lapsed, 0) AS lapsed, COALESCE(t.undated, 0) AS undated, i.on_behalf
FROM in_touch i
LEFT JOIN tie t ON t.guardian_key = i.guardian_key AND t.student_key = i.student_key
WHERE COALESCE(t.confirmed, 0) = 0
