/*
How many were on each team on the days its leaders wrote; 0 where no roster held that day, so
that nothing can be said of messages to that team. Managers belong to a team but are not counted.
*/
WITH lead AS (
    SELECT team_key, person_key, from_day, until_day
    FROM team_member
    WHERE role IN ('head_coach', 'assistant_coach', 'volunteer_coach', 'adviser')
),
written AS (
    SELECT DISTINCT l.team_key, l.person_key AS coach_key, c.sent_day
    FROM context_contact c
    JOIN lead l
        ON l.person_key = c.adult_key
        AND c.sent_day >= l.from_day
        AND c.sent_day < l.until_day
    WHERE c.sent_by_adult = 1
),
rostered AS (
    SELECT w.team_key, w.sent_day, COUNT(DISTINCT t.person_key) AS rostered
    FROM (SELECT DISTINCT team_key, sent_day FROM written) w
    JOIN team_member t
        ON t.team_key = w.team_key
        AND t.role IN ('athlete', 'member')
        AND w.sent_day >= t.from_day
        AND w.sent_day < t.until_day
    GROUP BY w.team_key, w.sent_day
)
SELECT w.team_key, w.coach_key, w.sent_day, COALESCE(r.rostered, 0) AS rostered
FROM written w
LEFT JOIN rostered r ON r.team_key = w.team_key AND r.sent_day = w.sent_day
