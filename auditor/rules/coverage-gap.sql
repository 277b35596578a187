/*
title = "Days of a source not read in full"
looks_for = "Days among those looked at on which a source of messages could not be read, or only in part."
kind = "records"
needs = ["messages"]
identity = ["thing_key"]
evidence = []
says = "{records:day|days} of this source not read in full; not all that was sent there could be looked at."
why = [
  "On {records:day|days} the source was missing, or gave part of what it holds.",
  "That nothing is listed for such a day says nothing about it.",
]
misses = [
  "Messages a source itself lost or left out of its export without a sign.",
  "Systems that are no source at all.",
]
explained_by = ["TZ", "DUP"]
*/
SELECT DISTINCT u.record_key, u.day AS since_day, CAST(NULL AS BIGINT) AS adult_key,
       CAST(NULL AS BIGINT) AS student_key, CAST(NULL AS BIGINT) AS team_key, u.thing_key,
       0 AS uncertain
FROM unread_day u
CROSS JOIN judged_days d
WHERE u.day BETWEEN d.first_day AND d.last_day
