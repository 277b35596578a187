/*
title = "Most of an adult's single messages went to one student"
looks_for = "Adults whose messages to one student at a time, on the judged days, went to several students, and to one of them more often than the share allowed. Messages to the adult's own children are not counted."
needs = ["messages", "people"]
kind = "records"
identity = ["adult_key"]
evidence = ["messages_to_one", "students", "top"]
says = "Of {messages_to_one_max:message|messages} this adult sent to one student at a time, {top_max} went to the same student."
why = [
  "The {messages_to_one_max:message|messages} went to {students_max:student|students}; who they are this check does not say.",
  "Case loads, make-up work and a student who asks often all look like this.",
]
misses = [
  "Adults who wrote to few students, or seldom.",
  "Messages to several students at once, and what no source reads.",
  "What share is usual for this role.",
]
explained_by = ["ROLE", "ONE", "PARENT", "FAM", "AUTO", "CRISIS", "DUP", "PUSH", "LIST", "GRAD"]

[parameters.minimum_messages]
default = 20
unit = "messages"
words = "of an adult to one student at a time, below which nothing is listed"

[parameters.minimum_students]
default = 4
unit = "students"
words = "whom these messages went to, below which nothing is listed"

[parameters.share_percent]
default = 50
unit = "percent"
words = "of these messages to the same student, from which on the adult is listed"
*/
WITH single AS (
    SELECT k.message_key, k.adult_key, k.student_key, k.uncertain
    FROM contact k
    WHERE k.sent_by_adult = 1
        AND k.student_key IS NOT NULL
        AND NOT EXISTS (
            SELECT 1
            FROM guardian g
            WHERE g.guardian_key = k.adult_key
                AND g.student_key = k.student_key
                AND k.sent_day >= g.from_day
                AND k.sent_day < g.until_day
        )
),
pair AS (
    SELECT adult_key, student_key, COUNT(*) AS messages,
           SUM(CASE WHEN uncertain = 0 THEN 1 ELSE 0 END) AS sure
    FROM single
    GROUP BY adult_key, student_key
),
spread AS (
    SELECT adult_key,
           CAST(SUM(messages) AS BIGINT) AS messages,
           COUNT(*) AS students,
           MAX(messages) AS top,
           SUM(sure) AS sure,
           SUM(CASE WHEN sure > 0 THEN 1 ELSE 0 END) AS sure_students,
           MAX(sure) AS sure_top
    FROM pair
    GROUP BY adult_key
)
SELECT adult_key AS record_key, CAST(NULL AS BIGINT) AS since_day, adult_key,
       CAST(NULL AS BIGINT) AS student_key, CAST(NULL AS BIGINT) AS team_key,
       CAST(NULL AS BIGINT) AS thing_key,
       /* certain only if it stands without the messages that are in doubt */
       CASE WHEN sure >= $minimum_messages
                 AND sure_students >= $minimum_students
                 AND sure_top * 100 >= sure * $share_percent
            THEN 0 ELSE 1 END AS uncertain,
       messages AS messages_to_one, students, top
FROM spread
WHERE messages >= $minimum_messages
    AND students >= $minimum_students
    AND top * 100 >= messages * $share_percent
