/*
title = "Mailbox that forwards to an address outside the district"
looks_for = "Mailboxes of adults that hand on their mail, on the last day looked at, to an address that is not the district’s."
kind = "records"
needs = ["mailbox-settings", "people"]
identity = ["adult_key"]
evidence = ["to_unknown"]
says = "This mailbox forwards to {records:address|addresses} not known as the district’s."
why = [
  "On the last day looked at, forwarding to {records:such address|such addresses} was switched on.",
  "What students and families write to this mailbox leaves the district’s systems with it; what was forwarded was not looked at.",
]
misses = [
  "Whose the outside address is: a ticket system the district pays for looks like a personal one.",
  "Mail that a person or a mail program on a telephone hands on by hand.",
  "Mailboxes of people who left and whose forwarding was never switched off.",
  "Mailboxes whose settings no source provides, and those of people the rosters do not know as adults.",
]
explained_by = ["VOL", "SUB", "EXT", "AUTO", "ALIAS", "SHARED", "STUWORK"]
*/
SELECT m.record_key,
       CASE WHEN m.from_day > -719162 THEN m.from_day END AS since_day,
       m.person_key AS adult_key, CAST(NULL AS BIGINT) AS student_key,
       CAST(NULL AS BIGINT) AS team_key, CAST(NULL AS BIGINT) AS thing_key,
       CASE WHEN m.is_district IS NULL THEN 1 ELSE 0 END AS uncertain,
       CASE WHEN m.is_district IS NULL THEN 1 ELSE 0 END AS to_unknown
FROM mailbox_setting m
CROSS JOIN judged_days d
JOIN person_span s
    ON s.person_key = m.person_key
    AND s.is_adult = 1
    AND d.last_day >= s.from_day
    AND d.last_day < s.until_day
WHERE m.setting = 'forwarding'
    AND COALESCE(m.is_district, 0) = 0
    AND d.last_day >= m.from_day
    AND d.last_day < m.until_day
