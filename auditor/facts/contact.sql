/* The contacts of the judged days; rules take what they list from here. */
SELECT c.message_key, c.sent_us, c.sent_day, c.conversation_key, c.in_space,
       c.adult_key, c.student_key, c.sent_by_adult, c.sent_by_student, c.other_adult,
       c.unknown_addressed, c.sender_outside, c.on_behalf, c.hidden, c.unparsed, c.uncertain
FROM context_contact c
CROSS JOIN judged_days d
WHERE c.sent_day BETWEEN d.first_day AND d.last_day
