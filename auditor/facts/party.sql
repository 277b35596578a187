/*
The parties of the messages that matter. to_list marks a list the directory knows, written to; a
list that stands as the sender hides who wrote, so its members are nobody's senders.
*/
WITH list AS (
    SELECT address_key FROM list_address
    UNION
    SELECT group_key AS address_key FROM group_member
)
SELECT p.message_key, p.address_key, CAST(p.role_rank AS SMALLINT) AS role_rank, p.via_group_key,
       m.sent_day,
       CAST(CASE WHEN l.address_key IS NOT NULL AND p.role_rank > 0 THEN 1 ELSE 0 END
           AS SMALLINT) AS to_list
FROM message_copy_party p
JOIN student_message m ON m.message_key = p.message_key
LEFT JOIN list l ON l.address_key = p.address_key
