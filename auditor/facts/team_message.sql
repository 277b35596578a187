/*
A leader's messages to that team on the judged days: every student on them was on the team. With
no roster it cannot be told whether they were; then messages to students who are in none of the
leader's classes are taken for the team's, and rostered is 0.
  reached          how many on that day's roster the message itself reached
  reached_in_time  how many were reached by anything the team's leaders sent within the window
*/
WITH sent AS (
    SELECT message_key, team_key, coach_key, sent_us, sent_day, rostered,
           SUM(on_roster) AS reached,
           MIN(on_team) AS all_on_team,
           MIN(in_class) AS also_class,
           MAX(in_class) AS any_in_class
    FROM team_reach
    GROUP BY message_key, team_key, coach_key, sent_us, sent_day, rostered
),
team_mail AS (
    SELECT s.message_key, s.team_key, s.coach_key, s.sent_us, s.sent_day, s.rostered, s.reached,
           s.also_class, k.conversation_key, k.student_key, k.hidden, k.unknown_addressed,
           k.on_behalf, k.unparsed
    FROM sent s
    JOIN contact k ON k.message_key = s.message_key
    WHERE (s.rostered > 0 AND s.all_on_team = 1 AND s.reached > 0)
        OR (s.rostered = 0 AND s.any_in_class = 0)
),
told AS (
    SELECT m.message_key, m.team_key, m.coach_key, COUNT(DISTINCT r.student_key) AS students
    FROM team_mail m
    CROSS JOIN whole_team_window w
    JOIN team_reach r
        ON r.team_key = m.team_key
        AND r.sent_us >= m.sent_us - w.minutes * 60000000
        AND r.sent_us <= m.sent_us + w.minutes * 60000000
    JOIN team_member t
        ON t.team_key = m.team_key
        AND t.person_key = r.student_key
        AND t.role IN ('athlete', 'member')
        AND m.sent_day >= t.from_day
        AND m.sent_day < t.until_day
    WHERE m.reached < m.rostered
    GROUP BY m.message_key, m.team_key, m.coach_key
),
copied AS (
    SELECT m.message_key, m.team_key, m.coach_key, COUNT(DISTINCT p.person_key) AS adults_copied
    FROM team_mail m
    JOIN party_person p ON p.message_key = m.message_key AND p.is_adult = 1
    WHERE p.person_key <> m.coach_key
    GROUP BY m.message_key, m.team_key, m.coach_key
)
SELECT m.message_key, m.team_key, m.coach_key, m.sent_us, m.sent_day, m.rostered, m.reached,
       COALESCE(t.students, m.reached) AS reached_in_time,
       m.also_class, COALESCE(c.adults_copied, 0) AS adults_copied,
       m.conversation_key, m.student_key, m.hidden, m.unknown_addressed, m.on_behalf,
       m.unparsed
FROM team_mail m
LEFT JOIN told t
    ON t.message_key = m.message_key
    AND t.team_key = m.team_key
    AND t.coach_key = m.coach_key
LEFT JOIN copied c
    ON c.message_key = m.message_key
    AND c.team_key = m.team_key
    AND c.coach_key = m.coach_key
