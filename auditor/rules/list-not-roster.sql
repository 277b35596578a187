/*
title = "Mailing list that differs from the team's roster"
looks_for = "Lists of which at least half the students are on a team's roster, to which a coach or adviser of that team wrote on the judged days, and which differed from the roster on the day they were last written to, and still do."
needs = ["messages", "people", "teams", "groups"]
kind = "records"
identity = ["team_key", "thing_key"]
evidence = ["missing", "extra", "rostered", "unknown_addressed"]
says = "This list and the team’s roster differ: {missing_max} on the roster are not on the list, {extra_max} on the list are not on the team."
why = [
  "A leader of the team wrote to the list; compared is the day on which that last happened.",
  "That day the roster held {rostered_max:student|students}.",
]
misses = [
  "A list of which less than half the students are on the roster, such as last year's.",
  "Lists whose members no directory shows, and students written to one by one.",
  "Students on the list who are on another team of the coach or adviser who wrote.",
  "Whoever is on the roster but is listed nowhere as a student.",
  "A list that was only wrong before it was last written to, or has been mended since.",
]
explained_by = ["LIST", "GRAD", "ALIAS", "NAME", "STUWORK", "AUTO", "ONE"]
*/
WITH lead AS (
    SELECT team_key, person_key, from_day, until_day
    FROM team_member
    WHERE role IN ('head_coach', 'assistant_coach', 'volunteer_coach', 'adviser')
),
wrote AS (
    SELECT l.team_key, p.address_key AS group_key, k.adult_key, MAX(k.sent_day) AS last_day
    FROM contact k
    JOIN lead l
        ON l.person_key = k.adult_key
        AND k.sent_day >= l.from_day
        AND k.sent_day < l.until_day
    JOIN party p ON p.message_key = k.message_key AND p.to_list = 1
    WHERE k.sent_by_adult = 1
    GROUP BY l.team_key, p.address_key, k.adult_key
),
written AS (
    SELECT team_key, group_key, MAX(last_day) AS day FROM wrote GROUP BY team_key, group_key
),
/* The day the list was last written to, and the last judged day: has it been mended? */
looked_at AS (
    SELECT team_key, group_key, day, 1 AS when_written FROM written
    UNION ALL
    SELECT w.team_key, w.group_key, d.last_day AS day, 0 AS when_written
    FROM written w
    CROSS JOIN judged_days d
),
on_list AS (
    SELECT DISTINCT o.team_key, o.group_key, o.when_written, a.person_key, a.is_student
    FROM looked_at o
    JOIN group_member g
        ON g.group_key = o.group_key
        AND o.day >= g.from_day
        AND o.day < g.until_day
    LEFT JOIN address_person a
        ON a.address_key = g.member_key
        AND o.day >= a.from_day
        AND o.day < a.until_day
),
on_team AS (
    SELECT o.team_key, o.group_key, o.when_written, t.person_key,
           MAX(CASE WHEN t.role IN ('athlete', 'member') THEN 1 ELSE 0 END) AS on_roster
    FROM looked_at o
    JOIN team_member t
        ON t.team_key = o.team_key
        AND o.day >= t.from_day
        AND o.day < t.until_day
    JOIN person_span s
        ON s.person_key = t.person_key
        AND o.day >= s.from_day
        AND o.day < s.until_day
        AND s.is_student = 1
    GROUP BY o.team_key, o.group_key, o.when_written, t.person_key
),
on_other_team AS (
    SELECT DISTINCT o.team_key, o.group_key, o.when_written, t.person_key
    FROM looked_at o
    JOIN wrote w ON w.team_key = o.team_key AND w.group_key = o.group_key
    JOIN lead l
        ON l.person_key = w.adult_key
        AND l.team_key <> w.team_key
        AND o.day >= l.from_day
        AND o.day < l.until_day
    JOIN team_member t
        ON t.team_key = l.team_key
        AND o.day >= t.from_day
        AND o.day < t.until_day
),
listed AS (
    SELECT l.team_key, l.group_key, l.when_written,
           SUM(CASE WHEN l.is_student = 1 THEN 1 ELSE 0 END) AS students,
           SUM(CASE WHEN t.on_roster = 1 THEN 1 ELSE 0 END) AS on_both,
           SUM(CASE WHEN l.is_student = 1 AND t.person_key IS NULL AND x.person_key IS NULL
                    THEN 1 ELSE 0 END) AS extra,
           MAX(CASE WHEN l.person_key IS NULL THEN 1 ELSE 0 END) AS unknown_addressed
    FROM on_list l
    LEFT JOIN on_team t
        ON t.team_key = l.team_key
        AND t.group_key = l.group_key
        AND t.when_written = l.when_written
        AND t.person_key = l.person_key
    LEFT JOIN on_other_team x
        ON x.team_key = l.team_key
        AND x.group_key = l.group_key
        AND x.when_written = l.when_written
        AND x.person_key = l.person_key
    GROUP BY l.team_key, l.group_key, l.when_written
),
roster AS (
    SELECT team_key, group_key, when_written, SUM(on_roster) AS rostered
    FROM on_team
    GROUP BY team_key, group_key, when_written
),
compared AS (
    SELECT l.team_key, l.group_key, l.when_written, l.students, l.on_both, l.unknown_addressed,
           CAST(l.extra AS BIGINT) AS extra,
           CAST(r.rostered AS BIGINT) AS rostered,
           CAST(r.rostered - l.on_both AS BIGINT) AS missing
    FROM listed l
    JOIN roster r
        ON r.team_key = l.team_key
        AND r.group_key = l.group_key
        AND r.when_written = l.when_written
    WHERE r.rostered > 0
)
SELECT c.group_key AS record_key, w.day AS since_day, CAST(NULL AS BIGINT) AS adult_key,
       CAST(NULL AS BIGINT) AS student_key, c.team_key, c.group_key AS thing_key,
       /* a list that holds less than half the team may be meant for a part of it */
       CASE WHEN c.unknown_addressed = 1 OR c.on_both * 2 < c.rostered THEN 1 ELSE 0 END
           AS uncertain,
       c.missing, c.extra, c.rostered, c.unknown_addressed
FROM compared c
JOIN compared n
    ON n.team_key = c.team_key
    AND n.group_key = c.group_key
    AND n.when_written = 0
JOIN written w ON w.team_key = c.team_key AND w.group_key = c.group_key
WHERE c.when_written = 1
    AND c.on_both >= 2
    AND c.on_both * 2 >= c.students
    AND c.missing + c.extra > 0
    AND n.missing + n.extra > 0
