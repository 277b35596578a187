/*
title = "App let into an account that was not approved"
looks_for = "Apps that an adult has let into the district account, on the last day looked at, by which people can be reached and which the catalogue of tools shows neither as approved nor as being tried out."
kind = "records"
needs = ["app-grants", "people", "tools"]
identity = ["adult_key", "thing_key"]
evidence = ["unlisted", "retired", "unapproved", "not_in_force", "messenger", "sends_mail", "chats", "reads_contacts", "since_unknown", "adults", "common"]
says = "The catalogue does not show this app, which was let into the account, as approved; what it was used for is not known."
why = [
  "when unlisted: It is not in the catalogue.",
  "when retired: It is entered as retired.",
  "when unapproved: It is entered as not approved.",
  "when not_in_force: It was approved, but not for that day or by an office that may not.",
  "when messenger: It is one by which people write to each other.",
  "when sends_mail: It may send mail in the adult’s name.",
  "when chats: It may write in the chat in the adult’s name.",
  "when reads_contacts: It may read the adult’s contacts.",
  "when since_unknown: Since when is not told.",
  "{adults_max:adult has|adults have} let it in.",
  "when common: That many have it, so it stands here once for all of them: whether it belongs in the catalogue is one question.",
]
misses = [
  "Whether anything was sent with the app, to whom and what: it is a sign of a tool in use, never of a message.",
  "Apps that are used without being let into a district account, and those on personal accounts.",
  "Apps let in before the source’s records begin, and students’ own.",
  "Apps that may read mail and files or keep a calendar and reach nobody by it.",
  "Apps outside the catalogue that people write to each other with, if the source does not say so.",
]
explained_by = ["AUTO", "ALIAS", "SHARED", "STUWORK", "VOL", "SUB", "TEST", "DUP", "TZ"]

[parameters.tool_notice_days]
default = 14
unit = "days"
words = "after an app that is not in the catalogue is let in, within which it may be entered there"

[parameters.common_adults]
default = 25
unit = "adults"
words = "who let in an app that is not in the catalogue, from which on it is listed once and not for each; an app for messages is listed for each all the same"
*/
WITH entered AS (
    SELECT t.thing_key, t.kind, t.status,
           CASE WHEN d.last_day >= t.from_day AND d.last_day < t.until_day THEN 1 ELSE 0 END
               AS in_force,
           CASE WHEN t.status IN ('approved', 'pilot') THEN 1 ELSE 0 END AS allows,
           CASE WHEN t.status = 'approved' AND COALESCE(t.authority_ok, 1) = 0 THEN 1 ELSE 0 END
               AS no_authority
    FROM tool t
    CROSS JOIN judged_days d
),
listed AS (
    SELECT thing_key,
           MAX(CASE WHEN kind <> 'app' THEN 1 ELSE 0 END) AS is_for_messages,
           MAX(allows * in_force * (1 - no_authority)) AS holds,
           MAX(CASE WHEN status = 'retired' THEN in_force ELSE 0 END) AS retired,
           MAX(CASE WHEN status = 'unapproved' THEN 1 ELSE 0 END) AS unapproved,
           MAX(allows) AS allowed_once
    FROM entered
    GROUP BY thing_key
),
let_in AS (
    SELECT DISTINCT g.record_key, g.person_key AS adult_key, g.thing_key, g.from_day,
           g.sends_mail, g.reads_contacts, g.chats, g.messenger,
           CASE WHEN l.thing_key IS NULL THEN 1 ELSE 0 END AS unlisted,
           COALESCE(l.retired, 0) AS retired, COALESCE(l.unapproved, 0) AS unapproved,
           CASE WHEN l.allowed_once = 1 AND l.retired = 0 AND l.unapproved = 0
               THEN 1 ELSE 0 END AS not_in_force,
           CASE WHEN g.from_day > -719162 THEN 0 ELSE 1 END AS since_unknown,
           d.last_day - g.from_day AS days_in
    FROM app_grant g
    CROSS JOIN judged_days d
    JOIN person_span s
        ON s.person_key = g.person_key
        AND s.is_adult = 1
        AND d.last_day >= s.from_day
        AND d.last_day < s.until_day
    LEFT JOIN listed l ON l.thing_key = g.thing_key
    WHERE d.last_day >= g.from_day
        AND d.last_day < g.until_day
        AND COALESCE(l.holds, 0) = 0
        AND (g.sends_mail + g.reads_contacts + g.chats + g.messenger > 0 OR l.is_for_messages = 1)
),
due AS (
    SELECT record_key, adult_key, thing_key, from_day, sends_mail, reads_contacts, chats,
           messenger, unlisted, retired, unapproved, not_in_force, since_unknown
    FROM let_in
    WHERE unlisted = 0 OR days_in > $tool_notice_days
),
spread AS (
    SELECT thing_key, COUNT(DISTINCT adult_key) AS adults, MAX(messenger) AS messenger
    FROM due
    GROUP BY thing_key
)
SELECT g.record_key,
       CASE WHEN g.since_unknown = 0 THEN g.from_day END AS since_day,
       g.adult_key, CAST(NULL AS BIGINT) AS student_key, CAST(NULL AS BIGINT) AS team_key,
       g.thing_key,
       CASE WHEN g.unlisted = 1 AND (g.messenger = 0 OR g.since_unknown = 1)
           THEN 1 ELSE 0 END AS uncertain,
       g.unlisted, g.retired, g.unapproved, g.not_in_force, g.messenger, g.sends_mail, g.chats,
       g.reads_contacts, g.since_unknown, w.adults, 0 AS common
FROM due g
JOIN spread w ON w.thing_key = g.thing_key
WHERE g.unlisted = 0 OR w.messenger = 1 OR w.adults < $common_adults
UNION ALL
SELECT g.thing_key AS record_key,
       MIN(CASE WHEN g.since_unknown = 0 THEN g.from_day END) AS since_day,
       CAST(NULL AS BIGINT) AS adult_key, CAST(NULL AS BIGINT) AS student_key,
       CAST(NULL AS BIGINT) AS team_key, g.thing_key, 1 AS uncertain,
       1 AS unlisted, 0 AS retired, 0 AS unapproved, 0 AS not_in_force, 0 AS messenger,
       MAX(g.sends_mail) AS sends_mail, MAX(g.chats) AS chats,
       MAX(g.reads_contacts) AS reads_contacts, MAX(g.since_unknown) AS since_unknown,
       MAX(w.adults) AS adults, 1 AS common
FROM due g
JOIN spread w ON w.thing_key = g.thing_key
WHERE g.unlisted = 1 AND w.messenger = 0 AND w.adults >= $common_adults
GROUP BY g.thing_key
