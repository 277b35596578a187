/*
title = "Message to one student without a guardian's consent on file"
looks_for = "Messages from an adult to one student for whom no guardian's consent was in force that day."
needs = ["messages", "people", "guardians", "consents"]
identity = ["adult_key", "student_key"]
evidence = ["lapsed", "not_begun", "other_adult", "is_reply", "unknown_addressed", "hidden", "on_behalf", "unparsed"]
says = "{by_adult:message|messages} from this adult to this student on days without a guardian’s consent on file."
why = [
  "On {days:day|days} no consent for this student was in force.",
  "when lapsed: On {lapsed_sum:message|messages} an older one had ended.",
  "when not_begun: On {not_begun_sum:message|messages} a later one had not begun.",
]
misses = [
  "Consents given but not put on record.",
  "Messages to several students, and by means no source reads.",
  "Whether whoever gave a consent on record was entitled to.",
]
explained_by = ["AUTO", "CAL", "OOO", "LIST", "BCC", "PARENT", "FAM", "ADULT", "GRAD", "DUP", "CRISIS", "ROLE", "PUSH", "TZ", "SHARED", "STUWORK", "VOL", "EXT", "GPROXY"]
*/
WITH written AS (
    SELECT c.message_key, c.adult_key, c.student_key, c.sent_us, c.sent_day, c.conversation_key,
           c.other_adult, c.unknown_addressed, c.hidden, c.on_behalf, c.unparsed, c.uncertain
    FROM contact c
    LEFT JOIN guardian g
        ON g.guardian_key = c.adult_key
        AND g.student_key = c.student_key
        AND c.sent_day >= g.from_day
        AND c.sent_day < g.until_day
    WHERE c.sent_by_adult = 1
        AND c.student_key IS NOT NULL
        AND g.guardian_key IS NULL
),
filed AS (
    SELECT w.message_key,
           MAX(CASE WHEN w.sent_day >= k.from_day AND w.sent_day < k.until_day
                    THEN 1 ELSE 0 END) AS in_force,
           MAX(CASE WHEN w.sent_day >= k.until_day THEN 1 ELSE 0 END) AS lapsed,
           MAX(CASE WHEN w.sent_day < k.from_day THEN 1 ELSE 0 END) AS not_begun
    FROM written w
    JOIN consent k ON k.student_key = w.student_key
    GROUP BY w.message_key
)
SELECT w.message_key, w.adult_key, w.student_key, CAST(NULL AS BIGINT) AS team_key,
       1 AS sent_by_adult, w.uncertain,
       COALESCE(f.lapsed, 0) AS lapsed, COALESCE(f.not_begun, 0) AS not_begun, w.other_adult,
       CASE WHEN EXISTS (
           SELECT 1
           FROM context_contact q
           WHERE q.conversation_key = w.conversation_key
               AND q.student_key = w.student_key
               AND q.sent_by_student = 1
               AND q.sent_us < w.sent_us
       ) THEN 1 ELSE 0 END AS is_reply,
       w.unknown_addressed, w.hidden, w.on_behalf, w.unparsed
FROM written w
LEFT JOIN filed f ON f.message_key = w.message_key
WHERE COALESCE(f.in_force, 0) = 0
