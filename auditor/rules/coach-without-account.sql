/*
title = "Coach or adviser without a district account"
looks_for = "Coaches and advisers of a team, volunteers included, for whom no district address is on record on the last judged day."
needs = ["people", "teams"]
kind = "records"
identity = ["adult_key", "team_key"]
evidence = ["has_personal"]
says = "This coach or adviser has no district address on record."
why = [
  "A roster names this adult as a leader of the team on the last judged day.",
  "On that day no address of the district is on record for this adult, so what is written to the team comes from somewhere else or is not seen.",
]
misses = [
  "An account that is on record but never used.",
  "Helpers whom no roster names.",
  "An address that two people are listed with counts as nobody's; the night's page names it.",
]
explained_by = ["VOL", "SUB", "GRAD", "STUWORK", "SHARED"]
*/
WITH leader AS (
    SELECT t.team_key, t.person_key, MIN(t.from_day) AS from_day
    FROM team_member t
    CROSS JOIN judged_days d
    JOIN person_span s
        ON s.person_key = t.person_key
        AND d.last_day >= s.from_day
        AND d.last_day < s.until_day
    WHERE t.role IN ('head_coach', 'assistant_coach', 'volunteer_coach', 'adviser')
        AND d.last_day >= t.from_day
        AND d.last_day < t.until_day
        AND s.is_adult = 1
    GROUP BY t.team_key, t.person_key
),
reachable AS (
    SELECT a.person_key,
           MAX(CASE WHEN a.kind = 'district' THEN 1 ELSE 0 END) AS has_district,
           MAX(CASE WHEN a.kind IN ('personal', 'outside') THEN 1 ELSE 0 END) AS has_personal
    FROM person_address a
    CROSS JOIN judged_days d
    WHERE d.last_day >= a.from_day AND d.last_day < a.until_day
    GROUP BY a.person_key
)
SELECT l.team_key AS record_key,
       CASE WHEN l.from_day > -719162 THEN l.from_day END AS since_day,
       l.person_key AS adult_key, CAST(NULL AS BIGINT) AS student_key, l.team_key,
       CAST(NULL AS BIGINT) AS thing_key,
       /* of somebody without any address the rosters may just not tell */
       CASE WHEN COALESCE(r.has_personal, 0) = 1 THEN 0 ELSE 1 END AS uncertain,
       COALESCE(r.has_personal, 0) AS has_personal
FROM leader l
LEFT JOIN reachable r ON r.person_key = l.person_key
WHERE COALESCE(r.has_district, 0) = 0
