/*
Messages between an adult and a student, on the judged days and on those before them.
  adult_key    who wrote, else the (first) adult it went to
  student_key  the only student on it; NULL where there were several
  other_adult  1 if another adult was on it: staff, coach or adviser, or that student's guardian
  uncertain    1 if the envelope leaves open who else was on it
*/
WITH guarded AS (
    SELECT DISTINCT a.message_key
    FROM audience a
    CROSS JOIN counting k
    JOIN party_person p
        ON p.message_key = a.message_key AND (p.role_rank <> 3 OR k.bcc = 1)
    JOIN guardian g
        ON g.guardian_key = p.person_key
        AND g.student_key = a.first_student
        AND a.sent_day >= g.from_day
        AND a.sent_day < g.until_day
    WHERE a.first_student = a.last_student
        AND p.is_adult = 0
        AND p.is_student = 0
        AND p.person_key IS NOT NULL
),
between_them AS (
    SELECT a.message_key, a.sent_us, a.sent_day, a.conversation_key, a.in_space,
           COALESCE(a.adult_author, a.first_adult) AS adult_key,
           CASE WHEN a.first_student = a.last_student THEN a.first_student END AS student_key,
           CASE WHEN a.adult_author IS NULL THEN 0 ELSE 1 END AS sent_by_adult,
           CASE WHEN a.adult_author IS NULL AND a.student_author IS NOT NULL THEN 1 ELSE 0 END
               AS sent_by_student,
           a.first_adult, a.last_adult,
           CASE WHEN g.message_key IS NULL THEN 0 ELSE 1 END AS guardian_present,
           a.unknown_addressed, a.sender_outside, a.on_behalf, a.hidden, a.unparsed
    FROM audience a
    LEFT JOIN guarded g ON g.message_key = a.message_key
    WHERE a.first_adult IS NOT NULL
)
SELECT message_key, sent_us, sent_day, conversation_key, in_space,
       adult_key, student_key, sent_by_adult, sent_by_student,
       CASE WHEN first_adult <> adult_key OR last_adult <> adult_key OR guardian_present = 1
            THEN 1 ELSE 0 END AS other_adult,
       unknown_addressed, sender_outside, on_behalf, hidden, unparsed,
       CASE WHEN unknown_addressed + on_behalf + hidden + unparsed > 0 THEN 1 ELSE 0 END
           AS uncertain
FROM between_them
