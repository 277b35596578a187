/*
One row for each message with a student on it: who wrote it, and whether there was one student or
several, one adult or several (the lowest and highest key tell), or an address nobody knows. An
adult copied blind is one if the policy counts blind copies (counting.bcc).
*/
WITH addressed AS (
    SELECT message_key,
           CASE WHEN is_student = 1 THEN person_key END AS first_student,
           CASE WHEN is_student = 1 THEN person_key END AS last_student,
           CASE WHEN is_adult = 1 AND (role_rank <> 3 OR bcc = 1) THEN person_key END
               AS first_adult,
           CASE WHEN is_adult = 1 AND (role_rank <> 3 OR bcc = 1) THEN person_key END
               AS last_adult,
           CASE WHEN is_adult = 1 AND role_rank = 0 THEN person_key END AS adult_author,
           CASE WHEN is_student = 1 AND role_rank = 0 THEN person_key END AS student_author,
           CASE WHEN person_key IS NULL AND is_list = 0 AND role_rank > 0 THEN 1 ELSE 0 END
               AS unknown_addressed,
           CASE WHEN is_adult = 1 AND role_rank = 0 AND is_outside = 1 THEN 1 ELSE 0 END
               AS sender_outside
    FROM party_direct
    CROSS JOIN counting
    UNION ALL
    SELECT p.message_key, l.first_student, l.last_student, l.first_adult, l.last_adult,
           NULL AS adult_author, NULL AS student_author, l.unknown_addressed, 0 AS sender_outside
    FROM party p
    JOIN list_day_audience l ON l.group_key = p.address_key AND l.sent_day = p.sent_day
    WHERE p.to_list = 1
),
counted AS (
    SELECT message_key,
           MIN(first_student) AS first_student,
           MAX(last_student) AS last_student,
           MIN(first_adult) AS first_adult,
           MAX(last_adult) AS last_adult,
           MIN(adult_author) AS adult_author,
           MIN(student_author) AS student_author,
           MAX(unknown_addressed) AS unknown_addressed,
           MAX(sender_outside) AS sender_outside
    FROM addressed
    GROUP BY message_key
)
SELECT c.message_key, c.first_student, c.last_student, c.first_adult, c.last_adult,
       c.adult_author, c.student_author, c.unknown_addressed, c.sender_outside,
       m.sent_us, m.sent_day, m.conversation_key, m.in_space, m.on_behalf, m.hidden, m.unparsed
FROM counted c
JOIN student_message m ON m.message_key = c.message_key
WHERE c.first_student IS NOT NULL
