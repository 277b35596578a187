/* Everyone a message reached through a list, by that day's members. */
SELECT p.message_key, l.member_key AS address_key, p.role_rank, p.address_key AS via_group_key,
       CAST(0 AS SMALLINT) AS is_list,
       l.person_key, l.is_student, l.is_adult, l.is_personal, l.is_outside
FROM party p
JOIN list_day_member l ON l.group_key = p.address_key AND l.sent_day = p.sent_day
WHERE p.to_list = 1
