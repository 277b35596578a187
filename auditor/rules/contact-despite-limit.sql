/*
title = "Message despite a limit on contact"
looks_for = "Messages from an adult to a student for whom a do-not-contact for that adult or for all adults was in force that day, or, where the student was the only one, a guardian's wish that the student is not written to."
needs = ["messages", "people", "guardians", "contact-limits"]
identity = ["adult_key", "student_key"]
evidence = ["do_not_contact", "opt_out", "several", "is_guardian", "for_other", "on_behalf", "unknown_addressed", "hidden", "unparsed"]
says = "{by_adult:message|messages} from this adult to this student while a limit on contact was in force."
why = [
  "when do_not_contact: A do-not-contact was in force for {do_not_contact_sum:message|messages}.",
  "when opt_out: A guardian’s opt-out was in force for {opt_out_sum:message|messages}.",
  "when several: {several_sum:message|messages} went to several students at once.",
  "when for_other: {for_other_sum:message|messages} went out in this adult’s name by another’s hand.",
]
misses = [
  "Limits that were not put on record, and for which days.",
  "Opt-outs on messages that went to several students.",
  "What was said in person, by telephone or in an app that no source reads.",
  "Whether somebody other than the adult asked for the message to be sent.",
]
explained_by = ["AUTO", "CAL", "LIST", "BCC", "PARENT", "FAM", "SHARED", "GRAD", "DUP", "CRISIS", "ROLE", "PUSH", "TZ", "STUWORK", "SPOOF", "VOL", "GPROXY", "ALIAS"]
*/
WITH sender AS (
    SELECT message_key, adult_key, student_key AS only_student, sent_day, 0 AS for_other,
           on_behalf, unknown_addressed, hidden, unparsed
    FROM contact
    WHERE sent_by_adult = 1
    UNION
    SELECT c.message_key, o.person_key AS adult_key, c.student_key AS only_student, c.sent_day,
           1 AS for_other, c.on_behalf, c.unknown_addressed, c.hidden, c.unparsed
    FROM contact c
    JOIN message_copy m ON m.message_key = c.message_key
    JOIN address_person o
        ON o.address_key = m.on_behalf_of_key
        AND o.is_adult = 1
        AND c.sent_day >= o.from_day
        AND c.sent_day < o.until_day
    WHERE c.sent_by_adult = 1
        AND c.on_behalf = 1
        AND o.person_key <> c.adult_key
),
limited AS (
    SELECT s.message_key, s.adult_key, l.student_key, s.for_other, s.on_behalf,
           s.unknown_addressed, s.hidden, s.unparsed,
           CASE WHEN l.kind = 'do_not_contact' THEN 1 ELSE 0 END AS do_not_contact,
           CASE WHEN l.kind = 'opt_out' THEN 1 ELSE 0 END AS opt_out,
           CASE WHEN s.only_student IS NULL THEN 1 ELSE 0 END AS several,
           CASE WHEN g.guardian_key IS NULL THEN 0 ELSE 1 END AS is_guardian
    FROM contact_limit l
    JOIN party_person p ON p.person_key = l.student_key AND p.is_student = 1
    JOIN sender s ON s.message_key = p.message_key
    LEFT JOIN guardian g
        ON g.guardian_key = s.adult_key
        AND g.student_key = l.student_key
        AND s.sent_day >= g.from_day
        AND s.sent_day < g.until_day
    WHERE s.sent_day >= l.from_day
        AND s.sent_day < l.until_day
        AND (l.adult_key = s.adult_key
             OR (l.adult_key IS NULL AND s.for_other = 0 AND g.guardian_key IS NULL))
        AND (l.kind = 'do_not_contact' OR (l.kind = 'opt_out' AND s.only_student IS NOT NULL))
),
held AS (
    SELECT message_key, adult_key, student_key,
           MAX(do_not_contact) AS do_not_contact, MAX(opt_out) AS opt_out,
           MAX(several) AS several, MAX(is_guardian) AS is_guardian, MIN(for_other) AS for_other,
           MAX(on_behalf) AS on_behalf,
           MAX(unknown_addressed) AS unknown_addressed, MAX(hidden) AS hidden,
           MAX(unparsed) AS unparsed
    FROM limited
    GROUP BY message_key, adult_key, student_key
)
SELECT message_key, adult_key, student_key, CAST(NULL AS BIGINT) AS team_key,
       1 AS sent_by_adult,
       CASE WHEN is_guardian + on_behalf > 0
                OR (do_not_contact = 0 AND unknown_addressed + hidden + unparsed > 0)
            THEN 1 ELSE 0 END AS uncertain,
       do_not_contact, opt_out, several, is_guardian, for_other, on_behalf,
       unknown_addressed, hidden, unparsed
FROM held
