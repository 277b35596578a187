/* What each list was on the days somebody wrote to it: one student or several, one adult or more. */
SELECT group_key, sent_day,
       MIN(CASE WHEN is_student = 1 THEN person_key END) AS first_student,
       MAX(CASE WHEN is_student = 1 THEN person_key END) AS last_student,
       MIN(CASE WHEN is_adult = 1 THEN person_key END) AS first_adult,
       MAX(CASE WHEN is_adult = 1 THEN person_key END) AS last_adult,
       MAX(CASE WHEN person_key IS NULL THEN 1 ELSE 0 END) AS unknown_addressed
FROM list_day_member
GROUP BY group_key, sent_day
