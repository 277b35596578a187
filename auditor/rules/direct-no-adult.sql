/*
title = "Direct contact without another adult"
looks_for = "Messages from an adult to one student on which there was no other adult: no other staff member, coach or adviser, and no guardian of that student. Chats and spaces are looked at by another check."
needs = ["messages", "people", "guardians"]
identity = ["adult_key", "student_key"]
evidence = ["is_reply", "class_of_one", "unknown_addressed", "hidden", "on_behalf", "unparsed", "sender_outside"]
says = "{by_adult:message|messages} from this adult to this student with no other adult on the envelope."
why = [
  "The only two people on {by_adult:message|messages} the adult sent were this adult and this student.",
  "The messages were sent on {days:day|days}; {by_student:message|messages} of the same conversations came from the student.",
]
misses = [
  "An adult copied blind, where the source does not show blind copies.",
  "A sender who forged a district address, which an envelope alone does not give away.",
  "What was said in person, by telephone or in an app that no source reads.",
]
explained_by = ["AUTO", "CAL", "OOO", "LIST", "BCC", "PARENT", "FAM", "STUWORK", "ALIAS", "VOL", "SUB", "ADULT", "SHARED", "GRAD", "DUP", "ROLE", "CRISIS", "GPROXY", "ONE", "TEST", "TZ", "NAME", "SPOOF", "EXT", "PUSH"]

[parameters.minimum_messages]
default = 1
unit = "messages"
words = "of the adult to one student in the judged days, below which nothing is listed"
*/
WITH alone AS (
    SELECT c.message_key, c.adult_key, c.student_key, c.conversation_key, c.sent_us, c.uncertain,
           c.unknown_addressed, c.hidden, c.on_behalf, c.unparsed, c.sender_outside,
           COUNT(*) OVER (PARTITION BY c.adult_key, c.student_key) AS written
    FROM contact c
    WHERE c.sent_by_adult = 1
        AND c.student_key IS NOT NULL
        AND c.other_adult = 0
        AND c.in_space = 0
),
listed AS (
    SELECT * FROM alone WHERE written >= $minimum_messages
)
SELECT l.message_key, l.adult_key, l.student_key, CAST(NULL AS BIGINT) AS team_key,
       1 AS sent_by_adult, l.uncertain,
       CASE WHEN EXISTS (
           SELECT 1
           FROM context_contact q
           WHERE q.conversation_key = l.conversation_key
               AND q.student_key = l.student_key
               AND q.sent_by_student = 1
               AND q.sent_us < l.sent_us
       ) THEN 1 ELSE 0 END AS is_reply,
       CASE WHEN o.student_key IS NULL THEN 0 ELSE 1 END AS class_of_one,
       l.unknown_addressed, l.hidden, l.on_behalf, l.unparsed, l.sender_outside
FROM listed l
LEFT JOIN class_of_one o ON o.adult_key = l.adult_key AND o.student_key = l.student_key
UNION ALL
SELECT s.message_key, s.adult_key, s.student_key, CAST(NULL AS BIGINT) AS team_key,
       0 AS sent_by_adult, 0 AS uncertain,
       0 AS is_reply, 0 AS class_of_one,
       0 AS unknown_addressed, 0 AS hidden, 0 AS on_behalf, 0 AS unparsed, 0 AS sender_outside
FROM contact s
WHERE s.sent_by_student = 1
    AND s.student_key IS NOT NULL
    AND s.other_adult = 0
    AND s.in_space = 0
    AND EXISTS (
        SELECT 1
        FROM listed l
        WHERE l.conversation_key = s.conversation_key
            AND l.adult_key = s.adult_key
            AND l.student_key = s.student_key
    )
