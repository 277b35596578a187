/*
Who was on each list on the days somebody wrote to it; person_key is NULL for a member nobody
knows. Made once for each list and day, however many messages went there.
*/
WITH written AS (
    SELECT DISTINCT address_key AS group_key, sent_day FROM party WHERE to_list = 1
)
SELECT w.group_key, w.sent_day, g.member_key,
       a.person_key, a.is_student, a.is_adult, a.is_personal, a.is_outside
FROM written w
JOIN group_member g
    ON g.group_key = w.group_key
    AND w.sent_day >= g.from_day
    AND w.sent_day < g.until_day
LEFT JOIN address_person a
    ON a.address_key = g.member_key
    AND w.sent_day >= a.from_day
    AND w.sent_day < a.until_day
