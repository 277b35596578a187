/*
Who each address on a message was on that day. person_key is NULL where nobody is known to have
had the address; of two guardians who share one, each has a row. kind: district, personal,
outside or person-id.
*/
SELECT p.message_key, p.address_key, p.role, p.via_group_key, p.is_list, p.sent_day,
       a.person_key, a.kind,
       COALESCE(a.is_student, 0) AS is_student,
       COALESCE(a.is_adult, 0) AS is_adult
FROM party_address p
LEFT JOIN address_person a
    ON a.address_key = p.address_key
    AND p.sent_day >= a.from_day
    AND p.sent_day < a.until_day
