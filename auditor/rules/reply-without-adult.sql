/*
title = "Answer to a student without another adult"
looks_for = "Messages from an adult to one student, in a conversation in which the student had written before, on which there was no other adult: no other staff member, coach or adviser, and no guardian of that student. Mail, chats and spaces alike."
needs = ["messages", "people", "guardians"]
identity = ["adult_key", "student_key"]
evidence = ["in_space", "class_of_one", "unknown_addressed", "hidden", "on_behalf", "unparsed", "sender_outside"]
says = "{by_adult:answer|answers} from this adult to this student with no other adult on the envelope."
why = [
  "The student had written in the same conversation before, and on {by_adult:message|messages} the adult sent later these two were the only people.",
  "The messages were sent on {days:day|days}; {by_student:message|messages} of the same conversations came from the student.",
]
misses = [
  "Answers in a new conversation, or after more than 30 days.",
  "What a student wrote by means no source reads, and was answered by mail.",
  "An adult copied blind, where the source does not show blind copies.",
  "What was said in person, by telephone or in an app that no source reads.",
]
explained_by = ["AUTO", "OOO", "CAL", "LIST", "BCC", "PARENT", "FAM", "STUWORK", "ALIAS", "VOL", "SUB", "ADULT", "SHARED", "GRAD", "DUP", "ROLE", "CRISIS", "GPROXY", "ONE", "EXT", "SPOOF", "PUSH", "THREAD"]
*/
WITH answer AS (
    SELECT c.message_key, c.adult_key, c.student_key, c.conversation_key, c.uncertain, c.in_space,
           c.unknown_addressed, c.hidden, c.on_behalf, c.unparsed, c.sender_outside
    FROM contact c
    WHERE c.sent_by_adult = 1
        AND c.student_key IS NOT NULL
        AND c.other_adult = 0
        AND EXISTS (
            SELECT 1
            FROM context_contact q
            WHERE q.conversation_key = c.conversation_key
                AND q.student_key = c.student_key
                AND q.sent_by_student = 1
                AND q.sent_us < c.sent_us
        )
)
SELECT a.message_key, a.adult_key, a.student_key, CAST(NULL AS BIGINT) AS team_key,
       1 AS sent_by_adult, a.uncertain, a.in_space,
       CASE WHEN o.student_key IS NULL THEN 0 ELSE 1 END AS class_of_one,
       a.unknown_addressed, a.hidden, a.on_behalf, a.unparsed, a.sender_outside
FROM answer a
LEFT JOIN class_of_one o ON o.adult_key = a.adult_key AND o.student_key = a.student_key
UNION ALL
SELECT s.message_key, s.adult_key, s.student_key, CAST(NULL AS BIGINT) AS team_key,
       0 AS sent_by_adult, 0 AS uncertain, s.in_space, 0 AS class_of_one,
       0 AS unknown_addressed, 0 AS hidden, 0 AS on_behalf, 0 AS unparsed, 0 AS sender_outside
FROM contact s
WHERE s.sent_by_student = 1
    AND s.student_key IS NOT NULL
    AND s.other_adult = 0
    AND EXISTS (
        SELECT 1
        FROM answer a
        WHERE a.conversation_key = s.conversation_key
            AND a.adult_key = s.adult_key
            AND a.student_key = s.student_key
    )
