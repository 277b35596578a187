/*
title = "Coach or adviser wrote to part of the team"
looks_for = "Messages from a coach or adviser to students of the team which, together with everything the team's coaches and advisers sent them within the window, on any channel, did not reach everyone on that day's roster."
needs = ["messages", "people", "teams"]
identity = ["adult_key", "team_key"]
evidence = ["reached", "rostered", "reached_in_time", "is_reply", "also_class", "hidden", "unknown_addressed", "on_behalf", "unparsed"]
says = "{by_adult:message|messages} from this coach or adviser reached part of the team."
why = [
  "Of the {rostered_range} on the team’s roster that day, {by_adult:message|messages} reached {reached_range}.",
  "With everything else the team was sent in time, on every channel, {reached_in_time_range} of them were told.",
]
misses = [
  "Telephone calls, text messages, and apps that no source reads.",
  "Messages to some of a team together with students who are not on it.",
  "Who read a post on a page or notice board.",
]
explained_by = ["LIST", "BCC", "CAL", "AUTO", "GRAD", "ONE", "VOL", "PUSH", "DUP", "TZ", "CRISIS"]

[parameters.one_reply]
default = "listed"
unit = "listed, or not listed"
words = "whether an answer to one student who wrote first is listed"
*/
WITH partial AS (
    SELECT m.message_key, m.coach_key AS adult_key, CAST(NULL AS BIGINT) AS student_key, m.team_key,
           1 AS sent_by_adult,
           CASE WHEN m.hidden + m.unknown_addressed + m.on_behalf + m.unparsed + m.also_class > 0
                THEN 1 ELSE 0 END AS uncertain,
           m.reached, m.rostered, m.reached_in_time,
           CASE WHEN m.student_key IS NOT NULL AND EXISTS (
               SELECT 1
               FROM context_contact q
               WHERE q.conversation_key = m.conversation_key
                   AND q.student_key = m.student_key
                   AND q.sent_by_student = 1
                   AND q.sent_us < m.sent_us
           ) THEN 1 ELSE 0 END AS is_reply,
           m.also_class, m.hidden, m.unknown_addressed, m.on_behalf, m.unparsed
    FROM team_message m
    WHERE m.rostered > 0 AND m.reached_in_time < m.rostered
)
SELECT message_key, adult_key, student_key, team_key, sent_by_adult, uncertain,
       reached, rostered, reached_in_time, is_reply, also_class, hidden, unknown_addressed,
       on_behalf, unparsed
FROM partial
WHERE is_reply = 0 OR $one_reply = 'listed'
