/*
title = "Personal address used after a crisis had ended"
looks_for = "Messages from an adult to a student on which a personal address of either was used, after a crisis on record for the two had ended and some days had passed."
needs = ["messages", "people", "personal-addresses", "disclosures"]
identity = ["adult_key", "student_key"]
evidence = ["days_after", "adult_side", "student_side", "is_reply", "on_behalf", "sender_outside"]
says = "{by_adult:message|messages} from this adult to this student that used a personal address after the crisis on record had ended."
why = [
  "The messages were sent {days_after_range} days after the last day of the newest crisis on record for the two.",
  "when adult_side: A personal address of the adult was on {adult_side_sum:message|messages}.",
  "when student_side: A personal address of the student was on {student_side_sum:message|messages}.",
]
misses = [
  "Personal addresses and numbers the district does not know, and telephone calls.",
  "Mail between two personal addresses, which no district system carries.",
  "A crisis of which nobody recorded the last day: it counts as going on.",
]
explained_by = ["CRISIS", "PUSH", "AUTO", "PARENT", "FAM", "VOL", "EXT", "GPROXY", "LIST", "DUP", "TZ"]

[parameters.settle_days]
default = 3
unit = "days"
words = "after the last day of a crisis, on which nothing is listed"
*/
WITH used AS (
    SELECT DISTINCT message_key, person_key FROM party_person WHERE is_personal = 1
),
written AS (
    SELECT DISTINCT c.message_key, c.adult_key, p.person_key AS student_key, c.sent_us, c.sent_day,
           c.conversation_key, c.on_behalf, c.sender_outside
    FROM contact c
    JOIN party_person p ON p.message_key = c.message_key AND p.is_student = 1
    WHERE c.sent_by_adult = 1
        AND c.message_key IN (SELECT message_key FROM used)
),
personal AS (
    SELECT w.message_key, w.adult_key, w.student_key, w.sent_us, w.sent_day, w.conversation_key,
           w.on_behalf, w.sender_outside,
           MAX(CASE WHEN u.person_key = w.adult_key THEN 1 ELSE 0 END) AS adult_side,
           MAX(CASE WHEN u.person_key = w.student_key THEN 1 ELSE 0 END) AS student_side
    FROM written w
    JOIN used u ON u.message_key = w.message_key
    GROUP BY w.message_key, w.adult_key, w.student_key, w.sent_us, w.sent_day,
             w.conversation_key, w.on_behalf, w.sender_outside
),
crisis AS (
    SELECT p.message_key, p.student_key, MAX(COALESCE(d.until_day, 2932896)) AS until_day
    FROM personal p
    JOIN disclosure d
        ON d.adult_key = p.adult_key
        AND d.student_key = p.student_key
        AND d.first_day <= p.sent_day
    WHERE p.adult_side + p.student_side > 0
    GROUP BY p.message_key, p.student_key
)
SELECT p.message_key, p.adult_key, p.student_key, CAST(NULL AS BIGINT) AS team_key,
       1 AS sent_by_adult, p.on_behalf AS uncertain,
       p.sent_day - k.until_day + 1 AS days_after, p.adult_side, p.student_side,
       CASE WHEN EXISTS (
           SELECT 1
           FROM context_contact q
           WHERE q.conversation_key = p.conversation_key
               AND q.student_key = p.student_key
               AND q.sent_by_student = 1
               AND q.sent_us < p.sent_us
       ) THEN 1 ELSE 0 END AS is_reply,
       p.on_behalf, p.sender_outside
FROM personal p
JOIN crisis k ON k.message_key = p.message_key AND k.student_key = p.student_key
WHERE p.sent_day >= k.until_day + $settle_days
