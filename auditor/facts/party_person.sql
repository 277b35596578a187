/*
Who each address on a message was on that day, lists followed. person_key is NULL where nobody is
known to have had the address, and then the marks are too; of two guardians who share one, each
has a row.
  role_rank    0 from, 1 to, 2 cc, 3 bcc, 4 member, 5 not known which
  is_list      a list whose members stand beside it
  is_personal  known to be a personal address; is_outside: that, or any other not the district's
*/
SELECT message_key, address_key, role_rank, via_group_key, is_list,
       person_key, is_student, is_adult, is_personal, is_outside
FROM party_direct
UNION ALL
SELECT message_key, address_key, role_rank, via_group_key, is_list,
       person_key, is_student, is_adult, is_personal, is_outside
FROM party_via_list
