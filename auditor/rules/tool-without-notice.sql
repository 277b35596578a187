/*
title = "Tool in use that no principal was told of"
looks_for = "Messages an adult sent to students through a tool that is not in the catalogue as approved or retired and of which no principal was told, and that tool's own notices to the adult, once the days for telling have passed since it was first seen in use."
needs = ["messages", "people", "tools"]
identity = ["adult_key", "thing_key"]
evidence = ["by_notice", "days_in_use", "on_behalf"]
says = "{by_adult:message|messages} from this adult, or to this adult from the tool itself; no notice of the tool to a principal is on record."
why = [
  "The tool was first seen in use by this adult and students {days_in_use_max:day|days} before the last day looked at.",
  "when by_notice: {by_notice_sum:message|messages} came from the tool itself: notices to the adult, such as students got too.",
]
misses = [
  "Tools no source reads, and whose notices come from an address the catalogue does not list.",
  "A notice to a principal that was given but not put on record.",
  "Use before the messages this check still reads.",
  "Whether an adult who got a tool's notice uses it with students.",
]
explained_by = ["AUTO", "SPOOF", "PARENT", "LIST", "DUP", "PUSH", "SHARED", "TEST", "STUWORK"]

[parameters.tool_notice_days]
default = 14
unit = "days"
words = "after a tool is first seen in use, within which a principal is told"
*/
WITH known AS (
    SELECT DISTINCT thing_key
    FROM tool
    WHERE status IN ('approved', 'retired') OR notice_day IS NOT NULL
),
carried AS (
    SELECT DISTINCT m.message_key, w.thing_key
    FROM tool_word w
    JOIN message_copy m ON m.tool_word = w.word
    LEFT JOIN known k ON k.thing_key = w.thing_key
    WHERE k.thing_key IS NULL
),
known_too AS (
    SELECT DISTINCT m.message_key
    FROM message_copy m
    JOIN tool_word w ON w.word = m.tool_word
    JOIN known k ON k.thing_key = w.thing_key
    WHERE m.message_key IN (SELECT message_key FROM carried)
),
written AS (
    SELECT DISTINCT c.message_key, c.adult_key, t.thing_key, c.sent_day, c.on_behalf
    FROM context_contact c
    JOIN carried t ON t.message_key = c.message_key
    JOIN party_person p ON p.message_key = c.message_key AND p.is_student = 1
    LEFT JOIN guardian g
        ON g.guardian_key = c.adult_key
        AND g.student_key = p.person_key
        AND c.sent_day >= g.from_day
        AND c.sent_day < g.until_day
    WHERE c.sent_by_adult = 1
        AND g.guardian_key IS NULL
        AND c.message_key NOT IN (SELECT message_key FROM known_too)
),
notice AS (
    SELECT m.message_key, a.thing_key, MIN(m.sent_day) AS sent_day
    FROM message_copy_party f
    JOIN tool_address a ON a.address_key = f.address_key
    JOIN message_copy m ON m.message_key = f.message_key
    LEFT JOIN known k ON k.thing_key = a.thing_key
    LEFT JOIN address_person o
        ON o.address_key = f.address_key
        AND m.sent_day >= o.from_day
        AND m.sent_day < o.until_day
    WHERE f.role_rank = 0
        AND k.thing_key IS NULL
        AND o.person_key IS NULL
    GROUP BY m.message_key, a.thing_key
),
told_address AS (
    SELECT n.message_key, n.thing_key, n.sent_day, p.address_key
    FROM notice n
    JOIN message_copy_party p ON p.message_key = n.message_key AND p.role_rank > 0
    UNION
    SELECT n.message_key, n.thing_key, n.sent_day, g.member_key AS address_key
    FROM notice n
    JOIN message_copy_party p ON p.message_key = n.message_key AND p.role_rank > 0
    JOIN group_member g
        ON g.group_key = p.address_key
        AND n.sent_day >= g.from_day
        AND n.sent_day < g.until_day
),
told AS (
    SELECT DISTINCT t.message_key, t.thing_key, t.sent_day, a.person_key, a.is_student, a.is_adult
    FROM told_address t
    JOIN address_person a
        ON a.address_key = t.address_key
        AND t.sent_day >= a.from_day
        AND t.sent_day < a.until_day
),
student_told AS (
    SELECT thing_key, MIN(sent_day) AS first_day FROM told WHERE is_student = 1 GROUP BY thing_key
),
sighting AS (
    SELECT message_key, adult_key, thing_key, sent_day, sent_day AS in_use_from, 0 AS by_notice,
           on_behalf
    FROM written
    UNION ALL
    SELECT t.message_key, t.person_key AS adult_key, t.thing_key, t.sent_day,
           CASE WHEN t.sent_day < s.first_day THEN s.first_day ELSE t.sent_day END AS in_use_from,
           1 AS by_notice, 0 AS on_behalf
    FROM told t
    JOIN student_told s ON s.thing_key = t.thing_key
    WHERE t.is_adult = 1
),
in_use AS (
    SELECT adult_key, thing_key, MIN(in_use_from) AS first_day
    FROM sighting
    GROUP BY adult_key, thing_key
)
SELECT s.message_key, s.adult_key, CAST(NULL AS BIGINT) AS student_key,
       CAST(NULL AS BIGINT) AS team_key, 1 AS sent_by_adult, MIN(s.by_notice + s.on_behalf) AS uncertain,
       s.thing_key, MIN(s.by_notice) AS by_notice, MAX(d.last_day - u.first_day) AS days_in_use,
       MAX(s.on_behalf) AS on_behalf
FROM sighting s
JOIN in_use u ON u.adult_key = s.adult_key AND u.thing_key = s.thing_key
CROSS JOIN judged_days d
WHERE s.sent_day BETWEEN d.first_day AND d.last_day
    AND d.last_day - u.first_day > $tool_notice_days
GROUP BY s.message_key, s.adult_key, s.thing_key
