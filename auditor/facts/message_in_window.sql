/* The messages of the days that are judged, with what sent them; the days before are context. */
SELECT m.message_key,
       CASE m.automation
           WHEN 5 THEN 'calendar' WHEN 4 THEN 'auto-reply' WHEN 3 THEN 'notification'
           WHEN 2 THEN 'bulk' WHEN 1 THEN 'list' ELSE 'no'
       END AS automated
FROM message m
CROSS JOIN judged_days d
WHERE m.sent_day BETWEEN d.first_day AND d.last_day
