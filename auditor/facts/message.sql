/*
One row for each message, however many mailboxes and logs showed it. Where copies differ, the
earliest time counts, a sign of a machine is believed over its absence, and recipients are hidden
only if every copy hides some.
Machine mail is what nobody wrote: calendar, auto-replies, notices, bulk. What a person sends
through a mailing list is not.
*/
SELECT message_key,
       MIN(sent_us) AS sent_us,
       MIN(sent_day) AS sent_day,
       MAX(CASE automated
               WHEN 'calendar' THEN 5 WHEN 'auto-reply' THEN 4 WHEN 'notification' THEN 3
               WHEN 'bulk' THEN 2 WHEN 'list' THEN 1 ELSE 0
           END) AS automation,
       MIN(channel) AS channel,
       MIN(thread_key) AS thread_key,
       MIN(container_key) AS container_key,
       MAX(CASE WHEN on_behalf_of_key IS NULL THEN 0 ELSE 1 END) AS on_behalf,
       MIN(hidden) AS hidden,
       MIN(unparsed) AS unparsed
FROM message_copy
GROUP BY message_key
