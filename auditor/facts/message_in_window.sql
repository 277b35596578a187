/*
The messages of the days that are judged, each once however many mailboxes and logs showed it,
with what sent it. The days before are context. A sign of a machine is believed over its absence.
*/
WITH merged AS (
    SELECT message_key, MIN(sent_day) AS sent_day, MAX(automation) AS automation
    FROM message_copy
    GROUP BY message_key
)
SELECT m.message_key, m.sent_day,
       CASE m.automation
           WHEN 5 THEN 'calendar' WHEN 4 THEN 'auto-reply' WHEN 3 THEN 'notification'
           WHEN 2 THEN 'bulk' WHEN 1 THEN 'list' ELSE 'no'
       END AS automated
FROM merged m
CROSS JOIN judged_days d
WHERE m.sent_day BETWEEN d.first_day AND d.last_day
