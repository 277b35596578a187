/*
title = "Another adult dropped in the middle of a conversation"
looks_for = "Messages from an adult to one student alone, in a conversation in which the two of them and another adult had been together before."
needs = ["messages", "people", "guardians"]
identity = ["adult_key", "student_key"]
evidence = ["is_reply", "unknown_addressed", "hidden", "on_behalf", "unparsed", "sender_outside"]
says = "{by_adult:message|messages} to this student that left out an adult who was on the conversation before."
why = [
  "Another adult was on an earlier message of the same conversation with this student.",
  "On {by_adult:message|messages} the adult sent later, this adult and this student were the only two.",
]
misses = [
  "Conversations whose earlier messages lie more than 30 days back or are in no source.",
  "An adult copied blind, where the source does not show blind copies.",
]
explained_by = ["THREAD", "AUTO", "BCC", "LIST", "DUP", "PARENT", "FAM", "CRISIS", "ROLE", "PUSH"]
*/
WITH alone AS (
    SELECT message_key, adult_key, student_key, conversation_key, sent_us, uncertain,
           unknown_addressed, hidden, on_behalf, unparsed, sender_outside
    FROM contact
    WHERE sent_by_adult = 1
        AND student_key IS NOT NULL
        AND other_adult = 0
        AND in_space = 0
),
earlier AS (
    SELECT a.message_key, a.adult_key, e.message_key AS earlier_key
    FROM alone a
    JOIN context_contact e
        ON e.conversation_key = a.conversation_key
        AND e.student_key = a.student_key
        AND e.sent_us < a.sent_us
    WHERE e.other_adult = 1 OR e.adult_key <> a.adult_key
),
together AS (
    SELECT DISTINCT e.message_key
    FROM earlier e
    JOIN party_person p ON p.message_key = e.earlier_key AND p.person_key = e.adult_key
),
left_out AS (
    SELECT * FROM alone WHERE message_key IN (SELECT message_key FROM together)
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
       l.unknown_addressed, l.hidden, l.on_behalf, l.unparsed, l.sender_outside
FROM left_out l
UNION ALL
SELECT s.message_key, s.adult_key, s.student_key, CAST(NULL AS BIGINT) AS team_key,
       0 AS sent_by_adult, 0 AS uncertain,
       0 AS is_reply,
       0 AS unknown_addressed, 0 AS hidden, 0 AS on_behalf, 0 AS unparsed, 0 AS sender_outside
FROM contact s
WHERE s.sent_by_student = 1
    AND s.student_key IS NOT NULL
    AND s.other_adult = 0
    AND s.in_space = 0
    AND EXISTS (
        SELECT 1
        FROM left_out l
        WHERE l.conversation_key = s.conversation_key
            AND l.adult_key = s.adult_key
            AND l.student_key = s.student_key
    )
