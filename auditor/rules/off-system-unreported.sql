/*
title = "Contact outside the district's systems without a report"
looks_for = "Messages from an adult to a student on which a personal address of either was used, or that went through a tool in the catalogue as unapproved or retired, without a report of the adult's own within the hours allowed."
needs = ["messages", "people", "personal-addresses", "self-reports"]
identity = ["adult_key", "student_key"]
evidence = ["personal", "tool", "report_nearby", "on_behalf", "sender_outside"]
says = "{by_adult:message|messages} from this adult to this student outside the district’s systems, with no report on file within the hours allowed."
why = [
  "when personal: A personal address of either was used on {personal_sum:message|messages}.",
  "when tool: A tool that is unapproved or retired was used on {tool_sum:message|messages}.",
  "when report_nearby: On {report_nearby_sum:message|messages} a report of the two lies within the same hours, but names a later beginning or was made before the message.",
]
misses = [
  "Personal addresses and numbers the district does not know, and tools that are not in the catalogue or whose approval has ended.",
  "Mail between two personal addresses, which no district system carries.",
  "Reports that were made but not put on record.",
  "Messages so new that there is still time to report them; a later night looks at them.",
]
explained_by = ["VOL", "EXT", "PARENT", "FAM", "GPROXY", "ALIAS", "SPOOF", "AUTO", "CRISIS", "PUSH", "DUP", "LIST", "TZ"]

[parameters.report_within_hours]
default = 24
unit = "hours"
words = "after a contact outside the district's systems, within which the adult reports it"
*/
WITH used AS (
    SELECT DISTINCT message_key, person_key FROM party_person WHERE is_personal = 1
),
through AS (
    SELECT c.message_key,
           MAX(CASE WHEN t.status IN ('approved', 'pilot') AND c.sent_day < t.until_day
                    THEN 1 ELSE 0 END) AS allowed,
           MAX(CASE WHEN t.status = 'unapproved'
                        OR (t.status = 'retired'
                            AND (t.until_day <= c.sent_day OR t.until_day >= 2932896))
                    THEN 1 ELSE 0 END) AS not_allowed
    FROM tool t
    JOIN tool_word w ON w.thing_key = t.thing_key
    JOIN message_copy m ON m.tool_word = w.word
    JOIN contact c ON c.message_key = m.message_key
    WHERE c.sent_by_adult = 1
        AND c.sent_day >= t.from_day
    GROUP BY c.message_key
),
off_tool AS (
    SELECT message_key FROM through WHERE not_allowed = 1 AND allowed = 0
),
written AS (
    SELECT DISTINCT c.message_key, c.adult_key, p.person_key AS student_key, c.sent_us, c.sent_day,
           c.on_behalf, c.sender_outside,
           CASE WHEN o.message_key IS NULL THEN 0 ELSE 1 END AS tool
    FROM contact c
    JOIN party_person p ON p.message_key = c.message_key AND p.is_student = 1
    LEFT JOIN off_tool o ON o.message_key = c.message_key
    WHERE c.sent_by_adult = 1
        AND (o.message_key IS NOT NULL OR c.message_key IN (SELECT message_key FROM used))
),
sides AS (
    SELECT w.message_key, w.adult_key, w.student_key, w.sent_us, w.sent_day, w.on_behalf,
           w.sender_outside, w.tool,
           MAX(CASE WHEN u.person_key IS NULL THEN 0 ELSE 1 END) AS personal
    FROM written w
    LEFT JOIN used u
        ON u.message_key = w.message_key
        AND (u.person_key = w.adult_key OR u.person_key = w.student_key)
    GROUP BY w.message_key, w.adult_key, w.student_key, w.sent_us, w.sent_day, w.on_behalf,
             w.sender_outside, w.tool
),
due AS (
    SELECT s.message_key, s.adult_key, s.student_key, s.sent_us, s.on_behalf, s.sender_outside,
           s.tool, s.personal
    FROM sides s
    CROSS JOIN judged_days d
    WHERE s.personal + s.tool > 0
        AND (d.last_day - s.sent_day) * 24 >= $report_within_hours
),
report AS (
    SELECT adult_key, student_key, first_us, reported_us FROM self_report
    UNION ALL
    SELECT adult_key, student_key, first_us, reported_us
    FROM disclosure
    WHERE reported_us IS NOT NULL
),
answered AS (
    SELECT d.message_key, d.student_key,
           MAX(CASE WHEN r.first_us <= d.sent_us AND r.reported_us >= d.sent_us
                    THEN 1 ELSE 0 END) AS reported
    FROM due d
    JOIN report r
        ON r.adult_key = d.adult_key
        AND r.student_key = d.student_key
        AND r.reported_us >= d.sent_us - $report_within_hours * 3600000000
        AND r.reported_us <= d.sent_us + $report_within_hours * 3600000000
    GROUP BY d.message_key, d.student_key
)
SELECT d.message_key, d.adult_key, d.student_key, CAST(NULL AS BIGINT) AS team_key,
       1 AS sent_by_adult,
       CASE WHEN a.message_key IS NULL THEN d.on_behalf ELSE 1 END AS uncertain,
       d.personal, d.tool,
       CASE WHEN a.message_key IS NULL THEN 0 ELSE 1 END AS report_nearby,
       d.on_behalf, d.sender_outside
FROM due d
LEFT JOIN answered a ON a.message_key = d.message_key AND a.student_key = d.student_key
WHERE COALESCE(a.reported, 0) = 0
