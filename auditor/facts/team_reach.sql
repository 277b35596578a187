/*
Which students each message of a team's leader reached, and how they stood to that team on that
day: on_team with managers, on_roster without, in_class if the leader also taught them. Messages
that reached nobody of the team are left out, unless no roster held, so that nobody can tell.
*/
WITH written AS (
    SELECT c.message_key, c.sent_us, c.sent_day, d.team_key, d.coach_key, d.rostered
    FROM context_contact c
    JOIN team_day d ON d.coach_key = c.adult_key AND d.sent_day = c.sent_day
    WHERE c.sent_by_adult = 1
),
reached AS (
    SELECT DISTINCT w.message_key, w.team_key, w.coach_key, p.person_key AS student_key
    FROM written w
    JOIN party_person p ON p.message_key = w.message_key AND p.is_student = 1
),
placed AS (
    SELECT r.message_key, r.team_key, r.student_key,
           MAX(CASE WHEN t.role IN ('athlete', 'member') THEN 1 ELSE 0 END) AS on_roster
    FROM reached r
    JOIN written w ON w.message_key = r.message_key AND w.team_key = r.team_key
    JOIN team_member t
        ON t.team_key = r.team_key
        AND t.person_key = r.student_key
        AND w.sent_day >= t.from_day
        AND w.sent_day < t.until_day
    GROUP BY r.message_key, r.team_key, r.student_key
),
concerning AS (
    SELECT DISTINCT message_key, team_key FROM placed
    UNION
    SELECT message_key, team_key FROM written WHERE rostered = 0
),
taught AS (
    SELECT DISTINCT t.person_key AS coach_key, s.person_key AS student_key
    FROM class_member t
    JOIN class_member s ON s.class_key = t.class_key AND s.role = 'student'
    WHERE t.role <> 'student' AND t.person_key IN (SELECT coach_key FROM team_day)
)
SELECT w.message_key, w.sent_us, w.sent_day, w.team_key, w.coach_key, w.rostered, r.student_key,
       CASE WHEN p.student_key IS NULL THEN 0 ELSE 1 END AS on_team,
       COALESCE(p.on_roster, 0) AS on_roster,
       CASE WHEN k.student_key IS NULL THEN 0 ELSE 1 END AS in_class
FROM concerning c
JOIN written w ON w.message_key = c.message_key AND w.team_key = c.team_key
JOIN reached r
    ON r.message_key = w.message_key
    AND r.team_key = w.team_key
    AND r.coach_key = w.coach_key
LEFT JOIN placed p
    ON p.message_key = r.message_key
    AND p.team_key = r.team_key
    AND p.student_key = r.student_key
LEFT JOIN taught k ON k.coach_key = w.coach_key AND k.student_key = r.student_key
