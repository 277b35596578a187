/*
The addresses as they stand on a message, with who had them that day. A list whose members are
known, from the directory or from the source itself, is marked; any other address that has no
person is one nobody knows, a list without members among them.
*/
WITH known_list AS (
    SELECT DISTINCT group_key, sent_day FROM list_day_member
),
told_list AS (
    SELECT DISTINCT message_key, via_group_key FROM party WHERE via_group_key IS NOT NULL
)
SELECT p.message_key, p.address_key, p.role_rank, p.via_group_key,
       CAST(CASE WHEN k.group_key IS NULL AND t.via_group_key IS NULL THEN 0 ELSE 1 END
           AS SMALLINT) AS is_list,
       a.person_key, a.is_student, a.is_adult, a.is_personal, a.is_outside
FROM party p
LEFT JOIN known_list k ON k.group_key = p.address_key AND k.sent_day = p.sent_day
LEFT JOIN told_list t ON t.message_key = p.message_key AND t.via_group_key = p.address_key
LEFT JOIN address_person a
    ON a.address_key = p.address_key
    AND p.sent_day >= a.from_day
    AND p.sent_day < a.until_day
