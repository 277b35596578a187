/*
title = "Approval on file that does not hold for the message"
looks_for = "Messages from an adult for which an approval is on file that came too late, had ended or not begun, was granted by somebody whose office does not allow it, or is for other people or another tool, and which nothing else on file covers."
stage = "exceptions"
needs = ["messages", "people", "authorizations"]
identity = ["adult_key", "thing_key"]
evidence = ["late", "ended", "not_begun", "authority", "scope"]
says = "{by_adult:message|messages} for which this approval is on file but does not hold."
why = [
  "when late: It was granted after {late_sum:message|messages}, and a late approval does not reach back.",
  "when ended: It had ended before {ended_sum:message|messages}.",
  "when not_begun: It began after {not_begun_sum:message|messages}.",
  "when authority: Whoever granted it may not, by the policy and the record of offices.",
  "when scope: It is for other people, another team or another tool than {scope_sum:message|messages}.",
  "Nothing else on file covers these messages.",
]
misses = [
  "Approvals given by word of mouth before the message and put on file later.",
  "Approvals nobody has tried to rest a message on.",
  "Whether whoever granted it was standing in for the office that may.",
]
explained_by = ["CRISIS", "FAM", "PARENT", "VOL", "SUB", "DUP", "AUTO", "PUSH", "EXT", "SHARED", "LIST"]
*/
WITH failed AS (
    SELECT t.message_key, t.adult_key, t.record_key, t.outcome
    FROM exception_tried t
    WHERE t.outcome IN ('late', 'ended', 'not_begun', 'authority', 'scope')
        AND t.record_key IS NOT NULL
        AND NOT EXISTS (
            SELECT 1
            FROM exception_tried c
            WHERE c.message_key = t.message_key
                AND c.adult_key = t.adult_key
                AND (c.student_key = t.student_key
                    OR (c.student_key IS NULL AND t.student_key IS NULL))
                AND (c.team_key = t.team_key OR (c.team_key IS NULL AND t.team_key IS NULL))
                AND c.outcome = 'covers'
        )
)
SELECT f.message_key, f.adult_key, CAST(NULL AS BIGINT) AS student_key,
       CAST(NULL AS BIGINT) AS team_key, 1 AS sent_by_adult, MAX(c.uncertain) AS uncertain,
       f.record_key AS thing_key,
       MAX(CASE WHEN f.outcome = 'late' THEN 1 ELSE 0 END) AS late,
       MAX(CASE WHEN f.outcome = 'ended' THEN 1 ELSE 0 END) AS ended,
       MAX(CASE WHEN f.outcome = 'not_begun' THEN 1 ELSE 0 END) AS not_begun,
       MAX(CASE WHEN f.outcome = 'authority' THEN 1 ELSE 0 END) AS authority,
       MAX(CASE WHEN f.outcome = 'scope' THEN 1 ELSE 0 END) AS scope
FROM failed f
JOIN contact c ON c.message_key = f.message_key AND c.adult_key = f.adult_key
WHERE c.sent_by_adult = 1
GROUP BY f.message_key, f.adult_key, f.record_key
