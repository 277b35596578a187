/*
title = "Two-person chat or one-student space"
looks_for = "Messages an adult posted in a chat or space that held one student and no other adult."
needs = ["messages", "people", "guardians"]
identity = ["adult_key", "student_key"]
evidence = ["is_reply", "class_of_one", "unknown_addressed", "on_behalf", "unparsed", "sender_outside"]
says = "{by_adult:message|messages} from this adult in a chat or space with this student and no other adult."
why = [
  "When the adult posted {by_adult:message|messages}, the space held this adult and this student, and no other adult the rosters know.",
  "The messages were sent on {days:day|days}; {by_student:message|messages} in the same space came from the student.",
]
misses = [
  "A member who joined or left between two exports.",
  "Spaces outside the district's own systems.",
]
explained_by = ["AUTO", "PARENT", "FAM", "STUWORK", "ADULT", "SHARED", "GRAD", "ROLE", "CRISIS", "GPROXY", "ONE", "EXT", "PUSH"]
*/
WITH alone AS (
    SELECT message_key, adult_key, student_key, conversation_key, sent_us, uncertain,
           unknown_addressed, on_behalf, unparsed, sender_outside
    FROM contact
    WHERE sent_by_adult = 1
        AND student_key IS NOT NULL
        AND other_adult = 0
        AND in_space = 1
)
SELECT a.message_key, a.adult_key, a.student_key, CAST(NULL AS BIGINT) AS team_key,
       1 AS sent_by_adult, a.uncertain,
       CASE WHEN EXISTS (
           SELECT 1
           FROM context_contact q
           WHERE q.conversation_key = a.conversation_key
               AND q.student_key = a.student_key
               AND q.sent_by_student = 1
               AND q.sent_us < a.sent_us
       ) THEN 1 ELSE 0 END AS is_reply,
       CASE WHEN o.student_key IS NULL THEN 0 ELSE 1 END AS class_of_one,
       a.unknown_addressed, a.on_behalf, a.unparsed, a.sender_outside
FROM alone a
LEFT JOIN class_of_one o ON o.adult_key = a.adult_key AND o.student_key = a.student_key
UNION ALL
SELECT s.message_key, s.adult_key, s.student_key, CAST(NULL AS BIGINT) AS team_key,
       0 AS sent_by_adult, 0 AS uncertain,
       0 AS is_reply, 0 AS class_of_one,
       0 AS unknown_addressed, 0 AS on_behalf, 0 AS unparsed, 0 AS sender_outside
FROM contact s
WHERE s.sent_by_student = 1
    AND s.student_key IS NOT NULL
    AND s.other_adult = 0
    AND s.in_space = 1
    AND EXISTS (
        SELECT 1
        FROM alone a
        WHERE a.conversation_key = s.conversation_key
            AND a.adult_key = s.adult_key
            AND a.student_key = s.student_key
    )
