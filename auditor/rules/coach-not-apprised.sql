/*
title = "Coach’s message without a sign that anyone in charge was told"
looks_for = "Messages of a coach to students of the team that neither the athletic director nor a principal was on, that no digest of that team tells of, and that have waited longer than the days allowed. Nothing is expected of the days before the team's first digest."
needs = ["messages", "people", "teams", "offices", "digests"]
identity = ["adult_key", "team_key"]
evidence = ["days_waiting", "rostered", "also_class", "hidden", "unknown_addressed", "on_behalf", "unparsed"]
says = "{by_adult:message|messages} from this coach of which no record shows that the athletic director or a principal was told."
why = [
  "Neither the athletic director nor a principal was on {by_adult:message|messages}, openly, blind or through a list.",
  "No digest on record tells of them; the longest has waited {days_waiting_max:day|days}.",
]
misses = [
  "Messages before the team's first digest, and all of a team no digest was ever made for.",
  "A message forwarded to the athletic director, or told in person.",
  "Messages older than the days that are judged again each night.",
  "Whether a digest was read, and which school's principal was on the message.",
]
explained_by = ["BCC", "LIST", "SHARED", "AUTO", "CAL", "DUP", "GRAD", "VOL", "ROLE", "THREAD", "PUSH"]

[parameters.apprise_within_days]
default = 10
unit = "days"
words = "that a coach's message may wait until a digest tells of it"

[parameters.advisers_too]
default = 0
unit = "0 or 1"
words = "if 1, advisers of clubs and activities are expected to do the same"
*/
WITH coached AS (
    SELECT DISTINCT m.message_key, m.coach_key, m.team_key, m.sent_day, m.rostered, m.also_class,
           m.hidden, m.unknown_addressed, m.on_behalf, m.unparsed
    FROM team_message m
    JOIN team_member l
        ON l.team_key = m.team_key
        AND l.person_key = m.coach_key
        AND m.sent_day >= l.from_day
        AND m.sent_day < l.until_day
    WHERE l.role IN ('head_coach', 'assistant_coach', 'volunteer_coach')
        OR (l.role = 'adviser' AND $advisers_too = 1)
),
waiting AS (
    SELECT c.message_key, c.coach_key, c.team_key, c.sent_day, c.rostered, c.also_class,
           c.hidden, c.unknown_addressed, c.on_behalf, c.unparsed,
           d.last_day - c.sent_day AS days_waiting
    FROM coached c
    CROSS JOIN judged_days d
    WHERE d.last_day - c.sent_day > $apprise_within_days
),
aware AS (
    SELECT DISTINCT w.message_key
    FROM waiting w
    JOIN party_person p ON p.message_key = w.message_key
    JOIN office o
        ON o.person_key = p.person_key
        AND w.sent_day >= o.from_day
        AND w.sent_day < o.until_day
    WHERE o.office IN ('athletic_director', 'principal', 'principal_designee')
),
/* A digest without a team is of all teams. What was sent after it was delivered is not in it. */
told AS (
    SELECT w.message_key, w.team_key,
           MAX(CASE WHEN g.last_day >= w.sent_day
                         AND COALESCE(g.delivered_day, g.last_day) >= w.sent_day
                    THEN 1 ELSE 0 END) AS in_digest
    FROM waiting w
    JOIN digest g
        ON (g.team_key = w.team_key OR g.team_key IS NULL)
        AND g.first_day <= w.sent_day
    GROUP BY w.message_key, w.team_key
)
SELECT w.message_key, w.coach_key AS adult_key, CAST(NULL AS BIGINT) AS student_key, w.team_key,
       1 AS sent_by_adult,
       CASE WHEN w.hidden + w.unknown_addressed + w.on_behalf + w.unparsed + w.also_class > 0
                 OR w.rostered = 0
            THEN 1 ELSE 0 END AS uncertain,
       w.days_waiting, w.rostered, w.also_class, w.hidden, w.unknown_addressed, w.on_behalf, w.unparsed
FROM waiting w
JOIN told t ON t.message_key = w.message_key AND t.team_key = w.team_key AND t.in_digest = 0
WHERE w.message_key NOT IN (SELECT message_key FROM aware)
