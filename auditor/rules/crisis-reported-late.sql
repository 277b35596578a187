/*
title = "Contact in a crisis not brought to the building in time"
looks_for = "Contacts in a crisis on record that were not reported, were reported later than the time allowed after the first contact, or were told to somebody who is no building administrator."
kind = "records"
needs = ["people", "disclosures"]
identity = ["adult_key", "student_key"]
evidence = ["never", "late", "told_elsewhere", "told_unknown"]
says = "{records:contact|contacts} with this student in a crisis not on record as brought to a building administrator in time."
why = [
  "when never: {never_sum:contact is|contacts are} not on record as reported.",
  "when late: {late_sum:contact was|contacts were} reported after the time allowed.",
  "when told_elsewhere: {told_elsewhere_sum:report|reports} went to somebody else than a building administrator.",
  "when told_unknown: Of {told_unknown_sum:report|reports} it is not on record when or to whom.",
  "The time counts from the first contact, whatever day of the week it was; for what is not reported, from the end of that day.",
]
misses = [
  "Contacts in a crisis that nobody put on record.",
  "What was told in person and never written down.",
  "Records of a crisis that began longer ago than the days this check looks back.",
]
explained_by = ["CRISIS", "TZ", "DUP", "ROLE"]

[parameters.crisis_report_hours]
default = 72
unit = "hours"
words = "after the first contact, within which a building administrator is told"

[parameters.keep_days]
default = 60
unit = "days"
words = "before the last judged day, before which a crisis is no longer listed"
*/
WITH recent AS (
    SELECT d.record_key, d.adult_key, d.student_key, d.first_us, d.first_day, d.reported_us,
           d.told_right,
           CASE WHEN (j.last_day - d.first_day) * 24 >= $crisis_report_hours THEN 1 ELSE 0 END
               AS time_is_up
    FROM disclosure d
    CROSS JOIN judged_days j
    WHERE d.first_day <= j.last_day
        AND d.first_day >= j.last_day - $keep_days
),
filed_twice AS (
    SELECT DISTINCT r.record_key
    FROM recent r
    JOIN disclosure o
        ON o.adult_key = r.adult_key
        AND o.student_key = r.student_key
        AND o.first_day = r.first_day
        AND o.record_key <> r.record_key
    WHERE o.told_right = 1
        AND o.reported_us <= r.first_us + $crisis_report_hours * 3600000000
),
looked_at AS (
    SELECT record_key, adult_key, student_key, first_day, told_right,
           CASE WHEN reported_us IS NULL AND time_is_up = 1 THEN 1 ELSE 0 END AS never,
           CASE WHEN reported_us > first_us + $crisis_report_hours * 3600000000
                THEN 1 ELSE 0 END AS late,
           CASE WHEN told_right = 0 AND time_is_up = 1 THEN 1 ELSE 0 END AS told_elsewhere,
           CASE WHEN told_right IS NULL AND reported_us IS NOT NULL AND time_is_up = 1
                THEN 1 ELSE 0 END AS told_unknown
    FROM recent
    WHERE record_key NOT IN (SELECT record_key FROM filed_twice)
)
SELECT record_key, first_day AS since_day, adult_key, student_key,
       CAST(NULL AS BIGINT) AS team_key, CAST(NULL AS BIGINT) AS thing_key,
       CASE WHEN late + told_elsewhere > 0 OR (never = 1 AND told_right IS NULL)
            THEN 0 ELSE 1 END AS uncertain,
       never, late, told_elsewhere, told_unknown
FROM looked_at
WHERE never + late + told_elsewhere + told_unknown > 0
