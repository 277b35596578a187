/*
Who each address on a message was on that day. person_key is NULL where nobody is known to have
had the address, and then the marks are too; of two guardians who share one, each has a row.
  role_rank    0 from, 1 to, 2 cc, 3 bcc, 4 member, 5 not known which
  is_personal  known to be a personal address; is_outside: that, or any other not the district's
*/
SELECT p.message_key, p.address_key, p.role_rank, p.via_group_key, p.is_list,
       a.person_key, a.is_student, a.is_adult, a.is_personal, a.is_outside
FROM party_address p
LEFT JOIN address_person a
    ON a.address_key = p.address_key
    AND p.sent_day >= a.from_day
    AND p.sent_day < a.until_day
