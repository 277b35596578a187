/*
Which students each message of a team's leader reached, and how they stood to that team on that
day: on_team with managers, on_roster without, in_class if the leader also taught them.
*/
WITH reached AS (
    SELECT c.message_key, c.sent_us, c.sent_day, d.team_key, d.coach_key, d.rostered,
           p.person_key AS student_key
    FROM context_contact c
    JOIN team_day d ON d.coach_key = c.adult_key AND d.sent_day = c.sent_day
    JOIN party_person p ON p.message_key = c.message_key AND p.is_student = 1
    WHERE c.sent_by_adult = 1
),
taught AS (
    SELECT DISTINCT t.person_key AS coach_key, s.person_key AS student_key
    FROM class_member t
    JOIN class_member s ON s.class_key = t.class_key AND s.role = 'student'
    WHERE t.role <> 'student' AND t.person_key IN (SELECT coach_key FROM team_day)
)
SELECT r.message_key, r.sent_us, r.sent_day, r.team_key, r.coach_key, r.rostered, r.student_key,
       MAX(CASE WHEN t.person_key IS NULL THEN 0 ELSE 1 END) AS on_team,
       MAX(CASE WHEN t.role IN ('athlete', 'member') THEN 1 ELSE 0 END) AS on_roster,
       MAX(CASE WHEN k.student_key IS NULL THEN 0 ELSE 1 END) AS in_class
FROM reached r
LEFT JOIN team_member t
    ON t.team_key = r.team_key
    AND t.person_key = r.student_key
    AND r.sent_day >= t.from_day
    AND r.sent_day < t.until_day
LEFT JOIN taught k ON k.coach_key = r.coach_key AND k.student_key = r.student_key
GROUP BY r.message_key, r.sent_us, r.sent_day, r.team_key, r.coach_key, r.rostered, r.student_key
