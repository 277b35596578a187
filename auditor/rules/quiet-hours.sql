/*
title = "Message to one student in the quiet hours"
looks_for = "Messages from an adult to one student that were sent in the quiet hours of the district's day."
needs = ["messages", "people"]
identity = ["adult_key", "student_key"]
evidence = ["local_minute", "other_adult", "is_reply", "unknown_addressed", "hidden", "on_behalf", "unparsed"]
says = "{by_adult:message|messages} from this adult to this student sent in the quiet hours."
why = [
  "The messages were sent on {days:day|days}, by the district’s clock.",
  "when is_reply: {is_reply_sum} of them in a conversation in which the student had written before.",
  "when other_adult: On {other_adult_sum:message|messages} another adult or a guardian was included.",
]
misses = [
  "Messages written in the quiet hours and set to be sent later, or the other way round.",
  "Where sender and student were, and what time it was there.",
  "Messages to several students, telephone calls, and apps that no source reads.",
]
explained_by = ["TZ", "AUTO", "CAL", "OOO", "DUP", "PARENT", "FAM", "CRISIS", "ROLE", "PUSH", "LIST", "BCC", "GRAD", "SHARED", "STUWORK", "VOL", "GPROXY"]

[parameters.begins]
default = 1260
unit = "minutes after midnight"
words = "at which the quiet hours begin; 1260 is nine in the evening"

[parameters.ends]
default = 360
unit = "minutes after midnight"
words = "at which they are over; 360 is six in the morning"
*/
WITH sent AS (
    SELECT c.message_key, c.adult_key, c.student_key, c.sent_us, c.conversation_key,
           c.other_adult, c.unknown_addressed, c.hidden, c.on_behalf, c.unparsed, c.uncertain,
           MIN(m.sent_minute) AS local_minute
    FROM contact c
    JOIN message_copy m ON m.message_key = c.message_key AND m.sent_us = c.sent_us
    WHERE c.sent_by_adult = 1
        AND c.student_key IS NOT NULL
    GROUP BY c.message_key, c.adult_key, c.student_key, c.sent_us, c.conversation_key,
             c.other_adult, c.unknown_addressed, c.hidden, c.on_behalf, c.unparsed, c.uncertain
)
SELECT s.message_key, s.adult_key, s.student_key, CAST(NULL AS BIGINT) AS team_key,
       1 AS sent_by_adult, s.uncertain,
       s.local_minute, s.other_adult,
       CASE WHEN EXISTS (
           SELECT 1
           FROM context_contact q
           WHERE q.conversation_key = s.conversation_key
               AND q.student_key = s.student_key
               AND q.sent_by_student = 1
               AND q.sent_us < s.sent_us
       ) THEN 1 ELSE 0 END AS is_reply,
       s.unknown_addressed, s.hidden, s.on_behalf, s.unparsed
FROM sent s
WHERE ($begins > $ends AND (s.local_minute >= $begins OR s.local_minute < $ends))
    OR ($begins <= $ends AND s.local_minute >= $begins AND s.local_minute < $ends)
