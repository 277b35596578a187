/*
title = "Social media account whose affiliation is not in order"
looks_for = "Social media accounts that staff run for a school, a team or a group, and for which on the last judged day an approval, its authority, an owner, a second owner or the renewal is missing from the records."
needs = ["people", "accounts"]
kind = "records"
identity = ["thing_key"]
evidence = ["not_approved", "no_authority", "orphaned", "no_second", "overdue"]
says = "This account's affiliation is not complete on record."
why = [
  "when not_approved: The district has not approved it.",
  "when no_authority: Whoever approved it did not hold the office that may.",
  "when orphaned: No owner who works here is on record.",
  "when no_second: No second owner who works here is on record.",
  "when overdue: It was not renewed in time.",
]
misses = [
  "Accounts nobody has registered.",
  "Whether an account is in use, and what is posted on it.",
  "Accounts a parents' or booster association runs; they are not the district's to affiliate.",
]
explained_by = ["GRAD", "VOL", "SUB", "NAME", "STUWORK", "SHARED", "TZ"]

[parameters.decide_within_days]
default = 30
unit = "days"
words = "that a request may wait for its decision"
*/
WITH working AS (
    SELECT s.person_key
    FROM person_span s
    CROSS JOIN judged_days d
    WHERE s.is_adult = 1 AND d.last_day >= s.from_day AND d.last_day < s.until_day
),
looked_at AS (
    SELECT a.thing_key, a.decision, a.requested_day, a.decided_day, a.renew_day, a.owner_key,
           CASE WHEN a.decision = 'approved' THEN 0
                WHEN a.decision = 'pending' AND d.last_day - a.requested_day < $decide_within_days
                    THEN 0
                ELSE 1 END AS not_approved,
           CASE WHEN a.decision = 'pending' AND a.requested_day IS NULL THEN 1 ELSE 0 END
               AS undated,
           CASE WHEN a.decision = 'approved' AND a.authority_ok = 0 THEN 1 ELSE 0 END
               AS no_authority,
           CASE WHEN o.person_key IS NULL THEN 1 ELSE 0 END AS orphaned,
           CASE WHEN s.person_key IS NULL OR s.person_key = a.owner_key THEN 1 ELSE 0 END
               AS no_second,
           CASE WHEN a.renew_day < d.last_day THEN 1 ELSE 0 END AS overdue
    FROM account a
    CROSS JOIN judged_days d
    LEFT JOIN working o ON o.person_key = a.owner_key
    LEFT JOIN working s ON s.person_key = a.second_key
    WHERE a.run_by = 'staff'
),
/* An owner nobody could place, and a request without a date, may be in order. */
weighed AS (
    SELECT thing_key, requested_day, decided_day, renew_day, not_approved, no_authority,
           orphaned, no_second, overdue,
           not_approved + no_authority + orphaned + no_second + overdue AS found,
           CASE WHEN owner_key IS NULL THEN 1 ELSE 0 END + undated AS doubtful
    FROM looked_at
)
SELECT thing_key AS record_key,
       CASE WHEN overdue = 1 THEN renew_day
            WHEN not_approved = 1 THEN COALESCE(decided_day, requested_day) END AS since_day,
       CAST(NULL AS BIGINT) AS adult_key, CAST(NULL AS BIGINT) AS student_key,
       CAST(NULL AS BIGINT) AS team_key, thing_key,
       CASE WHEN found <= doubtful THEN 1 ELSE 0 END AS uncertain,
       not_approved, no_authority, orphaned, no_second, overdue
FROM weighed
WHERE found > 0
