/*
One row for each message with a student on it: who wrote it, and whether there was one student or
several, one adult or several (the lowest and highest key tell), or an address nobody knows.
*/
WITH counted AS (
    SELECT message_key,
           MIN(CASE WHEN is_student = 1 THEN person_key END) AS first_student,
           MAX(CASE WHEN is_student = 1 THEN person_key END) AS last_student,
           MIN(CASE WHEN is_adult = 1 THEN person_key END) AS first_adult,
           MAX(CASE WHEN is_adult = 1 THEN person_key END) AS last_adult,
           MIN(CASE WHEN is_adult = 1 AND role_rank = 0 THEN person_key END) AS adult_author,
           MIN(CASE WHEN is_student = 1 AND role_rank = 0 THEN person_key END) AS student_author,
           MAX(CASE WHEN person_key IS NULL AND is_list = 0 AND role_rank > 0 THEN 1 ELSE 0 END)
               AS unknown_addressed,
           MAX(CASE WHEN is_adult = 1 AND role_rank = 0 AND is_outside = 1 THEN 1 ELSE 0 END) AS sender_outside
    FROM party_person
    GROUP BY message_key
)
SELECT c.message_key, c.first_student, c.last_student, c.first_adult, c.last_adult,
       c.adult_author, c.student_author, c.unknown_addressed, c.sender_outside,
       m.sent_us, m.sent_day, m.conversation_key, m.in_space, m.on_behalf, m.hidden, m.unparsed
FROM counted c
JOIN student_message m ON m.message_key = c.message_key
WHERE c.first_student IS NOT NULL
