/*
title = "Permission that needs a guardian on the message, used without one"
looks_for = "Messages from an adult to a student for which an approval on file would hold if a guardian of that student were on the message, none was, and nothing else on file covers the message."
stage = "exceptions"
needs = ["messages", "people", "guardians", "authorizations"]
identity = ["adult_key", "student_key"]
evidence = ["other_adult", "unknown_addressed", "hidden", "on_behalf", "unparsed", "sender_outside"]
says = "{by_adult:message|messages} to this student, under a permission that asks for a guardian on every message, had no guardian on it."
why = [
  "The permission on file holds for messages a guardian of this student is included on; on {by_adult:message|messages} the sources show none.",
  "when unknown_addressed: On {unknown_addressed_sum:message|messages} was an address nobody knows, which may be a guardian’s.",
]
misses = [
  "A guardian who was shown the message afterwards or read it on the student’s own account.",
  "A guardian’s address the rosters do not have, or have under somebody else’s name.",
  "A guardian copied blind, where the source does not show blind copies.",
  "Permissions given by word of mouth and not on file.",
]
explained_by = ["GPROXY", "PARENT", "FAM", "CRISIS", "THREAD", "BCC", "LIST", "DUP", "AUTO", "PUSH", "EXT", "SHARED", "VOL"]
*/
WITH absent AS (
    SELECT DISTINCT t.message_key, t.adult_key, t.student_key
    FROM exception_tried t
    WHERE t.outcome = 'guardian_absent'
        AND t.student_key IS NOT NULL
        AND NOT EXISTS (
            SELECT 1
            FROM exception_tried c
            WHERE c.message_key = t.message_key
                AND c.adult_key = t.adult_key
                AND c.student_key = t.student_key
                AND c.outcome = 'covers'
        )
)
SELECT a.message_key, a.adult_key, a.student_key, CAST(NULL AS BIGINT) AS team_key,
       1 AS sent_by_adult, c.uncertain,
       c.other_adult, c.unknown_addressed, c.hidden, c.on_behalf, c.unparsed, c.sender_outside
FROM absent a
JOIN contact c ON c.message_key = a.message_key AND c.adult_key = a.adult_key
WHERE c.sent_by_adult = 1
