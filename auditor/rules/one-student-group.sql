/*
title = "Class or list with one student and no second adult"
looks_for = "Classes and mailing lists that hold, on the last day looked at, one student and at most one adult, and no guardian of that student: whatever is sent or posted there is between the two."
kind = "records"
needs = ["people", "classes"]
identity = ["adult_key", "student_key", "thing_key"]
evidence = ["is_class", "is_list", "without_adult", "unknown_members"]
says = "{records:class or list|classes or lists} with this student as the only student and no second adult."
why = [
  "when is_class: {is_class_sum:class has|classes have} this student as the only one.",
  "when is_list: {is_list_sum:mailing list has|mailing lists have} this student as the only one.",
  "when without_adult: No adult the rosters know is in it.",
]
misses = [
  "Lists whose members no source provides, and lists with two or more members nobody knows.",
  "Who can read along without being a member, such as an administrator of the platform.",
  "Parts of a class made inside a learning platform.",
  "Classes and lists that were so for some days and are no longer.",
]
explained_by = ["ONE", "LIST", "ALIAS", "SUB", "GRAD", "ROLE", "ADULT", "STUWORK", "SHARED", "PARENT", "FAM", "GPROXY", "EXT", "TEST", "DUP"]
*/
WITH seat AS (
    SELECT m.class_key AS thing_key, 1 AS is_class, m.person_key, m.person_key AS member_key,
           CASE WHEN m.from_day > s.from_day THEN m.from_day ELSE s.from_day END AS from_day,
           s.is_student, s.is_adult,
           CASE WHEN s.is_student = 0 AND s.is_adult = 0 AND m.role <> 'student'
                THEN 1 ELSE 0 END AS is_unknown
    FROM class_member m
    CROSS JOIN judged_days d
    JOIN person_span s
        ON s.person_key = m.person_key
        AND d.last_day >= s.from_day
        AND d.last_day < s.until_day
    WHERE d.last_day >= m.from_day AND d.last_day < m.until_day
    UNION ALL
    SELECT g.group_key AS thing_key, 0 AS is_class, a.person_key, g.member_key,
           CASE WHEN a.from_day > g.from_day THEN a.from_day ELSE g.from_day END AS from_day,
           COALESCE(a.is_student, 0) AS is_student, COALESCE(a.is_adult, 0) AS is_adult,
           CASE WHEN a.person_key IS NULL THEN 1 ELSE 0 END AS is_unknown
    FROM group_member g
    CROSS JOIN judged_days d
    LEFT JOIN address_person a
        ON a.address_key = g.member_key
        AND d.last_day >= a.from_day
        AND d.last_day < a.until_day
    WHERE d.last_day >= g.from_day AND d.last_day < g.until_day
),
filled AS (
    SELECT thing_key, is_class,
           MIN(CASE WHEN is_student = 1 THEN person_key END) AS first_student,
           MAX(CASE WHEN is_student = 1 THEN person_key END) AS last_student,
           MIN(CASE WHEN is_adult = 1 THEN person_key END) AS first_adult,
           MAX(CASE WHEN is_adult = 1 THEN person_key END) AS last_adult,
           COUNT(DISTINCT CASE WHEN is_unknown = 1 THEN member_key END) AS unknown_members
    FROM seat
    GROUP BY thing_key, is_class
),
guarded AS (
    SELECT DISTINCT s.thing_key, g.student_key
    FROM seat s
    CROSS JOIN judged_days d
    JOIN guardian g
        ON g.guardian_key = s.person_key
        AND d.last_day >= g.from_day
        AND d.last_day < g.until_day
    WHERE s.is_adult = 0 AND s.is_student = 0
),
changed AS (
    SELECT thing_key, from_day AS day FROM seat
    UNION ALL
    SELECT m.class_key AS thing_key, m.until_day AS day
    FROM class_member m
    CROSS JOIN judged_days d
    WHERE m.until_day <= d.last_day
    UNION ALL
    SELECT g.group_key AS thing_key, g.until_day AS day
    FROM group_member g
    CROSS JOIN judged_days d
    WHERE g.until_day <= d.last_day
),
same_since AS (
    SELECT thing_key, MAX(day) AS day FROM changed GROUP BY thing_key
)
SELECT f.thing_key AS record_key,
       CASE WHEN n.day > -719162 THEN n.day END AS since_day,
       f.first_adult AS adult_key, f.first_student AS student_key,
       CAST(NULL AS BIGINT) AS team_key, f.thing_key,
       CASE WHEN f.unknown_members > 0 THEN 1 ELSE 0 END AS uncertain,
       f.is_class, 1 - f.is_class AS is_list,
       CASE WHEN f.first_adult IS NULL THEN 1 ELSE 0 END AS without_adult,
       f.unknown_members
FROM filled f
JOIN same_since n ON n.thing_key = f.thing_key
WHERE f.first_student = f.last_student
    AND (f.first_adult IS NULL OR f.first_adult = f.last_adult)
    AND (f.is_class = 1 OR f.unknown_members < 2)
    AND NOT EXISTS (
        SELECT 1
        FROM guarded g
        WHERE g.thing_key = f.thing_key AND g.student_key = f.first_student
    )
