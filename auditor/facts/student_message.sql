/*
Messages a person wrote on which a student may be, by an address that was ever a student's or by
a list with such an address on it. Everything after this looks at these alone.
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
SELECT m.message_key, m.sent_us, m.sent_day, m.channel, m.thread_key, m.container_key,
       m.on_behalf, m.hidden, m.unparsed
FROM message m
JOIN touched t ON t.message_key = m.message_key
WHERE m.automation < 2
