/*
title = "Traffic to or from a personal address"
looks_for = "Messages from an adult that reached a student and on which a personal address of that adult or of that student was used."
needs = ["messages", "people", "personal-addresses"]
identity = ["adult_key", "student_key"]
evidence = ["adult_side", "student_side", "on_behalf", "sender_outside"]
says = "{by_adult:message|messages} from this adult to this student that used a personal address."
why = [
  "when adult_side: A personal address of the adult was on {adult_side_sum:message|messages}.",
  "when student_side: A personal address of the student was on {student_side_sum:message|messages}.",
  "The district has these addresses on file as personal ones.",
]
misses = [
  "Personal addresses and numbers the district does not know.",
  "Mail between two personal addresses, which no district system carries.",
  "A sender who forged the address, which an envelope alone does not give away.",
]
explained_by = ["VOL", "EXT", "PARENT", "FAM", "GPROXY", "ALIAS", "SPOOF", "AUTO", "CRISIS", "PUSH"]
*/
WITH used AS (
    SELECT DISTINCT message_key, person_key FROM party_person WHERE is_personal = 1
),
pair AS (
    SELECT DISTINCT c.message_key, c.adult_key, p.person_key AS student_key, c.conversation_key,
           c.sent_by_adult, c.sent_by_student, c.other_adult, c.on_behalf,
           c.sender_outside
    FROM contact c
    JOIN party_person p ON p.message_key = c.message_key AND p.is_student = 1
    WHERE c.message_key IN (SELECT message_key FROM used)
),
sides AS (
    SELECT p.message_key, p.adult_key, p.student_key, p.conversation_key, p.sent_by_adult,
           p.sent_by_student, p.other_adult, p.on_behalf, p.sender_outside,
           MAX(CASE WHEN u.person_key = p.adult_key THEN 1 ELSE 0 END) AS adult_side,
           MAX(CASE WHEN u.person_key = p.student_key THEN 1 ELSE 0 END) AS student_side
    FROM pair p
    JOIN used u ON u.message_key = p.message_key
    GROUP BY p.message_key, p.adult_key, p.student_key, p.conversation_key, p.sent_by_adult,
             p.sent_by_student, p.other_adult, p.on_behalf, p.sender_outside
),
crossing AS (
    SELECT * FROM sides WHERE adult_side + student_side > 0
)
SELECT message_key, adult_key, student_key, CAST(NULL AS BIGINT) AS team_key,
       1 AS sent_by_adult, on_behalf AS uncertain, adult_side, student_side, on_behalf,
       sender_outside
FROM crossing
WHERE sent_by_adult = 1
UNION ALL
SELECT s.message_key, s.adult_key, s.student_key, CAST(NULL AS BIGINT) AS team_key,
       0 AS sent_by_adult, 0 AS uncertain, s.adult_side, s.student_side, 0 AS on_behalf,
       s.sender_outside
FROM crossing s
WHERE s.sent_by_student = 1
    AND s.other_adult = 0
    AND EXISTS (
        SELECT 1
        FROM crossing a
        WHERE a.sent_by_adult = 1
            AND a.conversation_key = s.conversation_key
            AND a.adult_key = s.adult_key
            AND a.student_key = s.student_key
    )
