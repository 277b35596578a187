/*
Every address a message reached, lists followed to their members of that day. A list stays in,
marked as one; a list that had no member that day reached an address nobody knows.
*/
WITH party AS (
    SELECT p.message_key, p.address_key, p.role_rank, p.via_group_key, m.sent_day
    FROM message_copy_party p
    JOIN student_message m ON m.message_key = p.message_key
),
via_list AS (
    SELECT p.message_key, g.member_key AS address_key, p.role_rank,
           p.address_key AS via_group_key, p.sent_day
    FROM party p
    JOIN group_member g
        ON g.group_key = p.address_key
        AND p.sent_day >= g.from_day
        AND p.sent_day < g.until_day
),
followed AS (
    SELECT DISTINCT message_key, via_group_key AS address_key FROM via_list
    UNION
    SELECT DISTINCT message_key, via_group_key AS address_key
    FROM party
    WHERE via_group_key IS NOT NULL
)
SELECT p.message_key, p.address_key, p.role_rank, p.via_group_key, p.sent_day,
       CASE WHEN f.address_key IS NULL THEN 0 ELSE 1 END AS is_list
FROM party p
LEFT JOIN followed f ON f.message_key = p.message_key AND f.address_key = p.address_key
UNION ALL
SELECT message_key, address_key, role_rank, via_group_key, sent_day, 0 AS is_list FROM via_list
