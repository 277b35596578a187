/* Classes that one adult holds for one student: independent study. */
WITH single_class AS (
    SELECT class_key, MIN(person_key) AS student_key
    FROM class_member
    WHERE role = 'student'
    GROUP BY class_key
    HAVING MIN(person_key) = MAX(person_key)
)
SELECT DISTINCT t.person_key AS adult_key, c.student_key
FROM single_class c
JOIN class_member t ON t.class_key = c.class_key AND t.role <> 'student'
