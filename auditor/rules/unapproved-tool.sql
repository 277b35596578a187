/*
title = "Message through a tool that was not approved that day"
looks_for = "Messages from an adult that reached a student through a tool which, on the day of the message, the catalogue of tools shows neither as approved nor as being tried out."
needs = ["messages", "people", "tools"]
identity = ["adult_key", "thing_key"]
evidence = ["unlisted", "retired", "unapproved", "too_early", "ended", "no_authority", "on_behalf"]
says = "{by_adult:message|messages} from this adult to students through a tool the catalogue does not show as approved on that day."
why = [
  "when unlisted: On {unlisted_sum:message|messages} it was not in the catalogue.",
  "when retired: On {retired_sum:message|messages} it was entered as retired.",
  "when unapproved: On {unapproved_sum:message|messages} it was entered as not approved.",
  "when too_early: {too_early_sum:message|messages} came before its approval began.",
  "when ended: {ended_sum:message|messages} came after its approval had ended.",
  "when no_authority: On {no_authority_sum:message|messages} the approval was by somebody whose office does not allow it.",
]
misses = [
  "Tools no source reads.",
  "Messages whose source does not tell which tool carried them.",
  "Notices a tool sends under its own address in an adult’s name.",
  "Messages to families on which no student was.",
  "An approval that came later on the day of the message.",
  "Messages in a tool that were also sent, as the same message, through an approved one.",
]
explained_by = ["AUTO", "DUP", "ALIAS", "PUSH", "VOL", "SUB", "STUWORK", "PARENT", "FAM", "CRISIS", "SHARED", "TEST"]
*/
WITH carried AS (
    SELECT DISTINCT c.message_key, c.adult_key, c.sent_day, c.on_behalf, w.thing_key
    FROM contact c
    JOIN message_copy m ON m.message_key = c.message_key
    JOIN tool_word w ON w.word = m.tool_word
    WHERE c.sent_by_adult = 1
),
told AS (
    SELECT c.message_key, c.adult_key, c.thing_key, c.on_behalf,
           CASE WHEN t.thing_key IS NULL THEN 1 ELSE 0 END AS unlisted,
           CASE WHEN t.status = 'retired' THEN 1 ELSE 0 END AS retired,
           CASE WHEN t.status = 'unapproved' THEN 1 ELSE 0 END AS unapproved,
           CASE WHEN t.status IN ('approved', 'pilot') THEN 1 ELSE 0 END AS allowed,
           CASE WHEN t.status = 'approved' AND COALESCE(t.authority_ok, 1) = 0 THEN 1 ELSE 0 END
               AS no_authority,
           CASE WHEN c.sent_day < t.from_day THEN 1 ELSE 0 END AS before_it,
           CASE WHEN c.sent_day >= t.until_day THEN 1 ELSE 0 END AS after_it
    FROM carried c
    LEFT JOIN tool t ON t.thing_key = c.thing_key
),
held AS (
    SELECT message_key, adult_key, thing_key, on_behalf,
           MAX(CASE WHEN allowed = 1 AND no_authority + before_it + after_it = 0
               THEN 1 ELSE 0 END) AS holds,
           MAX(unlisted) AS unlisted, MAX(retired) AS retired, MAX(unapproved) AS unapproved,
           MAX(allowed * before_it) AS too_early, MAX(allowed * after_it) AS ended,
           MAX(CASE WHEN before_it + after_it = 0 THEN no_authority ELSE 0 END) AS no_authority
    FROM told
    GROUP BY message_key, adult_key, thing_key, on_behalf
)
SELECT h.message_key, h.adult_key, CAST(NULL AS BIGINT) AS student_key,
       CAST(NULL AS BIGINT) AS team_key, 1 AS sent_by_adult, h.on_behalf AS uncertain, h.thing_key,
       h.unlisted, h.retired, h.unapproved, h.too_early, h.ended, h.no_authority, h.on_behalf
FROM held h
WHERE NOT EXISTS (
    SELECT 1 FROM held a WHERE a.message_key = h.message_key AND a.holds = 1
)
