/*
The parties of the messages that matter. to_list marks a list the directory knows, written to; a
list that stands as the sender hides who wrote, so its members are nobody's senders.

In whose name a message went is told by one copy, who wrote it perhaps by another: where any says
that somebody else did, the name is nobody who wrote or was there.
*/
WITH name AS (
    SELECT DISTINCT message_key, on_behalf_of_key AS address_key
    FROM message_copy
    WHERE on_behalf_of_key IS NOT NULL
),
written_by_another AS (
    SELECT DISTINCT n.message_key, n.address_key
    FROM name n
    JOIN message_copy_party p
        ON p.message_key = n.message_key AND p.role_rank = 0 AND p.address_key <> n.address_key
),
list AS (
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
LEFT JOIN written_by_another w
    ON w.message_key = p.message_key AND w.address_key = p.address_key AND p.role_rank = 0
WHERE w.message_key IS NULL
