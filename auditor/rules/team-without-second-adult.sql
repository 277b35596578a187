/*
title = "Coach or adviser wrote to several of the team without a second adult"
looks_for = "Messages from a coach or adviser to two or more students of the team on which there was no other adult of the district."
needs = ["messages", "people", "teams"]
identity = ["adult_key", "team_key"]
evidence = ["students", "rostered", "guardians_copied", "also_class", "hidden", "unknown_addressed", "on_behalf", "unparsed"]
says = "{by_adult:message|messages} from this coach or adviser to several of the team with no other adult on the envelope."
why = [
  "{by_adult:message|messages} went to {students_range} students of the team, and to no other staff member, coach or adviser.",
  "Guardians of those students on the envelope: {guardians_copied_range}; they do not count as the second adult of a team.",
]
misses = [
  "Messages to one of the team alone, and to managers alone: other checks look at one-to-one messages.",
  "Messages to some of a team together with students who are not on it.",
  "Telephone calls, text messages, and apps that no source reads.",
  "An adult copied blind, where the source does not show blind copies.",
]
explained_by = ["LIST", "BCC", "CAL", "AUTO", "OOO", "VOL", "SUB", "SHARED", "STUWORK", "ALIAS", "PARENT", "FAM", "GRAD", "ONE", "DUP", "CRISIS", "PUSH", "THREAD", "GPROXY"]
*/
WITH several AS (
    SELECT m.message_key, m.team_key, m.coach_key, m.sent_day, m.rostered, m.also_class,
           k.uncertain, k.hidden, k.unknown_addressed, k.on_behalf, k.unparsed
    FROM team_message m
    JOIN contact k ON k.message_key = m.message_key
    WHERE m.student_key IS NULL AND k.other_adult = 0
),
counted AS (
    SELECT p.message_key, COUNT(DISTINCT p.person_key) AS students
    FROM party_person p
    WHERE p.is_student = 1 AND p.message_key IN (SELECT message_key FROM several)
    GROUP BY p.message_key
),
guarded AS (
    SELECT s.message_key, COUNT(DISTINCT g.guardian_key) AS guardians
    FROM (SELECT DISTINCT message_key, sent_day FROM several) s
    JOIN party_person p ON p.message_key = s.message_key AND p.is_student = 0 AND p.is_adult = 0
    JOIN guardian g
        ON g.guardian_key = p.person_key
        AND s.sent_day >= g.from_day
        AND s.sent_day < g.until_day
    JOIN party_person c
        ON c.message_key = s.message_key
        AND c.person_key = g.student_key
        AND c.is_student = 1
    GROUP BY s.message_key
)
SELECT s.message_key, s.coach_key AS adult_key, CAST(NULL AS BIGINT) AS student_key, s.team_key,
       1 AS sent_by_adult,
       CASE WHEN s.uncertain + s.also_class > 0 OR s.rostered = 0 THEN 1 ELSE 0 END AS uncertain,
       c.students, s.rostered, COALESCE(g.guardians, 0) AS guardians_copied,
       s.also_class, s.hidden, s.unknown_addressed, s.on_behalf, s.unparsed
FROM several s
JOIN counted c ON c.message_key = s.message_key
LEFT JOIN guarded g ON g.message_key = s.message_key
