/*
What each person was, from day to day: one row for every stretch in which no hat changed.
A student with a staff-type account is a student; an account nobody is behind is no adult. Which
hats make an adult the policy says (adult_hat).
-719162 and 2932896 are the first and last day there is (0001-01-01, 9999-12-31).
*/
WITH change_day AS (
    SELECT person_key, from_day AS day FROM person_role
    UNION
    SELECT person_key, until_day AS day FROM person_role
    UNION
    SELECT person_key, -719162 AS day FROM person
),
span AS (
    SELECT person_key, day AS from_day,
           COALESCE(LEAD(day) OVER (PARTITION BY person_key ORDER BY day), 2932896) AS until_day
    FROM change_day
),
worn AS (
    SELECT s.person_key, s.from_day, s.until_day,
           MAX(CASE WHEN r.role = 'student' THEN 1 ELSE 0 END) AS is_student,
           MAX(CASE WHEN r.role = 'system' THEN 1 ELSE 0 END) AS is_system,
           MAX(CASE WHEN h.role IS NULL THEN 0 ELSE 1 END) AS works
    FROM span s
    LEFT JOIN person_role r
        ON r.person_key = s.person_key
        AND r.from_day <= s.from_day
        AND r.until_day > s.from_day
    LEFT JOIN adult_hat h ON h.role = r.role
    WHERE s.from_day < s.until_day
    GROUP BY s.person_key, s.from_day, s.until_day
)
SELECT person_key, from_day, until_day, is_student,
       CASE WHEN works = 1 AND is_student = 0 AND is_system = 0 THEN 1 ELSE 0 END AS is_adult
FROM worn
