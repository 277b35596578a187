/*
title = "Adult in a space a student made"
looks_for = "Adults who are, on the last day looked at, members of a chat space, group or channel that was made by somebody who is a student, other than a leader of a team or club that student is on."
kind = "records"
needs = ["spaces", "people", "teams"]
identity = ["adult_key", "thing_key"]
evidence = ["other_adults", "students", "also_class"]
says = "This adult is a member of a space that a student made."
why = [
  "Beside this adult the space holds {other_adults_sum:other adult|other adults} and {students_sum:student|students}.",
  "The rosters show this adult as leader of no team or club that the student who made the space is on.",
]
misses = [
  "Spaces outside the district’s own systems.",
  "Spaces whose maker no source names, or whose maker has left school since.",
  "Whether the adult asked to be in the space, was put there by a student, or reads it at all.",
  "Clubs whose adviser stands on no roster.",
]
explained_by = ["VOL", "AUTO", "PUSH", "STUWORK", "SHARED", "GRAD", "PARENT", "FAM", "ROLE", "ADULT", "CRISIS", "TEST", "DUP"]
*/
WITH present AS (
    SELECT m.thing_key, m.person_key, MIN(m.from_day) AS from_day,
           MAX(s.is_student) AS is_student, MAX(s.is_adult) AS is_adult
    FROM space_member m
    CROSS JOIN judged_days d
    JOIN person_span s
        ON s.person_key = m.person_key
        AND d.last_day >= s.from_day
        AND d.last_day < s.until_day
    WHERE d.last_day >= m.from_day AND d.last_day < m.until_day
    GROUP BY m.thing_key, m.person_key
),
made AS (
    SELECT DISTINCT p.thing_key, p.creator_key
    FROM space p
    CROSS JOIN judged_days d
    JOIN person_span s
        ON s.person_key = p.creator_key
        AND s.is_student = 1
        AND d.last_day >= s.from_day
        AND d.last_day < s.until_day
),
counted AS (
    SELECT thing_key, SUM(is_adult) AS adults, SUM(is_student) AS students
    FROM present
    GROUP BY thing_key
),
joined AS (
    SELECT m.thing_key, m.creator_key, a.person_key AS adult_key, a.from_day,
           c.adults, c.students
    FROM made m
    JOIN present a ON a.thing_key = m.thing_key AND a.is_adult = 1
    JOIN counted c ON c.thing_key = m.thing_key
),
on_team AS (
    SELECT DISTINCT t.team_key, t.person_key, t.role
    FROM team_member t
    CROSS JOIN judged_days d
    WHERE d.last_day >= t.from_day AND d.last_day < t.until_day
),
assigned AS (
    SELECT DISTINCT l.person_key AS adult_key, o.person_key AS student_key
    FROM on_team l
    JOIN on_team o ON o.team_key = l.team_key
    WHERE l.role IN ('head_coach', 'assistant_coach', 'volunteer_coach', 'adviser')
        AND o.person_key IN (SELECT creator_key FROM made)
),
taught AS (
    SELECT DISTINCT l.person_key AS adult_key, o.person_key AS student_key
    FROM class_member l
    CROSS JOIN judged_days d
    JOIN class_member o ON o.class_key = l.class_key AND o.role = 'student'
    WHERE l.role <> 'student'
        AND o.person_key IN (SELECT creator_key FROM made)
        AND d.last_day >= l.from_day AND d.last_day < l.until_day
        AND d.last_day >= o.from_day AND d.last_day < o.until_day
),
own_child AS (
    SELECT DISTINCT g.guardian_key AS adult_key, g.student_key
    FROM guardian g
    CROSS JOIN judged_days d
    WHERE d.last_day >= g.from_day AND d.last_day < g.until_day
),
alone_with_child AS (
    SELECT j.thing_key, j.adult_key
    FROM joined j
    JOIN own_child o ON o.adult_key = j.adult_key AND o.student_key = j.creator_key
    WHERE NOT EXISTS (
        SELECT 1
        FROM present p
        WHERE p.thing_key = j.thing_key AND p.is_student = 1 AND p.person_key <> j.creator_key
    )
)
SELECT j.thing_key AS record_key,
       CASE WHEN j.from_day > -719162 THEN j.from_day END AS since_day,
       j.adult_key, CAST(NULL AS BIGINT) AS student_key, CAST(NULL AS BIGINT) AS team_key,
       j.thing_key,
       CASE WHEN t.adult_key IS NULL THEN 0 ELSE 1 END AS uncertain,
       j.adults - 1 AS other_adults, j.students,
       CASE WHEN t.adult_key IS NULL THEN 0 ELSE 1 END AS also_class
FROM joined j
LEFT JOIN taught t ON t.adult_key = j.adult_key AND t.student_key = j.creator_key
WHERE NOT EXISTS (
        SELECT 1
        FROM assigned s
        WHERE s.adult_key = j.adult_key AND s.student_key = j.creator_key
    )
    AND NOT EXISTS (
        SELECT 1
        FROM alone_with_child o
        WHERE o.thing_key = j.thing_key AND o.adult_key = j.adult_key
    )
