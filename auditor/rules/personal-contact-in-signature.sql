/*
title = "Contact details outside the district in a mailbox’s settings"
looks_for = "Signatures, automatic replies and sending addresses of adults’ mailboxes that name, on the last day looked at, an e-mail address or telephone number that is not the district’s."
kind = "records"
needs = ["mailbox-settings", "people"]
identity = ["adult_key"]
evidence = ["signature", "vacation", "send_as"]
says = "{records:address or number|addresses or numbers} not known as the district’s in what this mailbox shows to everyone it writes to."
why = [
  "when signature: {signature_sum:entry stands|entries stand} in the signature.",
  "when vacation: {vacation_sum:entry stands|entries stand} in the automatic reply.",
  "when send_as: {send_as_sum:address|addresses} can be sent from.",
  "It is shown to whoever gets mail from this mailbox; nobody need have asked for it or used it. Only the address or number was read.",
]
misses = [
  "Whether the number belongs to the person: one of a hotline, a college or a second employer looks the same.",
  "Numbers the school pays for that nobody has put on the district’s list.",
  "Details in the text of a message, on a class page or in a profile.",
  "Mailboxes whose settings no source provides, and those of people the rosters do not know as adults.",
]
explained_by = ["VOL", "SUB", "EXT", "ROLE", "OOO", "ALIAS", "SHARED", "STUWORK"]
*/
SELECT m.record_key,
       CASE WHEN m.from_day > -719162 THEN m.from_day END AS since_day,
       m.person_key AS adult_key, CAST(NULL AS BIGINT) AS student_key,
       CAST(NULL AS BIGINT) AS team_key, CAST(NULL AS BIGINT) AS thing_key,
       CASE WHEN m.is_district IS NULL THEN 1 ELSE 0 END AS uncertain,
       CASE WHEN m.setting = 'signature' THEN 1 ELSE 0 END AS signature,
       CASE WHEN m.setting = 'vacation' THEN 1 ELSE 0 END AS vacation,
       CASE WHEN m.setting = 'send_as' THEN 1 ELSE 0 END AS send_as
FROM mailbox_setting m
CROSS JOIN judged_days d
JOIN person_span s
    ON s.person_key = m.person_key
    AND s.is_adult = 1
    AND d.last_day >= s.from_day
    AND d.last_day < s.until_day
WHERE m.setting IN ('signature', 'vacation', 'send_as')
    AND COALESCE(m.is_district, 0) = 0
    AND d.last_day >= m.from_day
    AND d.last_day < m.until_day
