/*
Messages a person wrote on which a student may be: by an address that was ever a student's, or by
a list with such an address on it. Everything after this looks at these alone.

One row for each message; comments on work handed in only if the policy counts them. Where copies
differ, the earliest time counts, one sign of a machine is enough to set the message aside
(automation of 2 and more: bulk, notices, auto-replies, calendar), and recipients are hidden, or
headers unread, only if that is so in every copy.
*/
WITH student_address AS (
    SELECT address_key FROM address_person WHERE is_student = 1
),
telling AS (
    SELECT address_key FROM student_address
    UNION
    SELECT group_key AS address_key
    FROM group_member
    WHERE member_key IN (SELECT address_key FROM student_address)
),
touched AS (
    SELECT DISTINCT message_key
    FROM message_copy_party
    WHERE address_key IN (SELECT address_key FROM telling)
)
SELECT c.message_key,
       MIN(c.sent_us) AS sent_us,
       MIN(c.sent_day) AS sent_day,
       COALESCE(MIN(c.thread_key), MIN(c.container_key)) AS conversation_key,
       MAX(CASE WHEN c.channel = 'chat' OR c.container_key IS NOT NULL THEN 1 ELSE 0 END)
           AS in_space,
       MAX(CASE WHEN c.on_behalf_of_key IS NULL THEN 0 ELSE 1 END) AS on_behalf,
       MIN(c.hidden) AS hidden,
       MIN(CASE WHEN c.unparsed > 0 THEN 1 ELSE 0 END) AS unparsed
FROM message_copy c
CROSS JOIN counting k
WHERE c.message_key IN (SELECT message_key FROM touched)
    AND (c.channel <> 'lms-comment' OR k.comments = 1)
GROUP BY c.message_key
HAVING MAX(c.automation) < 2
