/*
title = "Many team messages withheld as confidential"
looks_for = "Coaches and advisers who kept a large share of their messages to the team on the judged days from the whole team on the ground that they were confidential. Only the number is looked at, never the matter."
needs = ["messages", "people", "teams", "authorizations"]
kind = "records"
stage = "exceptions"
identity = ["adult_key", "team_key"]
evidence = ["with_code", "all_messages"]
says = "{with_code_max} of {all_messages_max:message|messages} to this team went to part of it under a reason code for confidential matters."
why = [
  "Approvals on file cover {with_code_max:message|messages} as confidential.",
  "In all, {all_messages_max:message|messages} of this adult to the team were looked at.",
]
misses = [
  "Whether a matter was confidential; nobody looks at that.",
  "Messages on days without a roster, and what no source reads.",
  "Few messages, however many of them carry a code.",
]
explained_by = ["ROLE", "ONE", "CRISIS", "DUP"]

[parameters.minimum_messages]
default = 5
unit = "messages"
words = "covered as confidential, below which nothing is listed"

[parameters.share_percent]
default = 30
unit = "percent"
words = "of the messages to the team, from which on it is listed"
*/
WITH sent AS (
    SELECT message_key, coach_key, team_key, MIN(also_class) AS also_class,
           MAX(on_behalf) AS on_behalf
    FROM team_message
    WHERE rostered > 0
    GROUP BY message_key, coach_key, team_key
),
covered AS (
    SELECT s.message_key, s.coach_key, s.team_key,
           MAX(CASE WHEN e.ground = 'confidential' THEN 1 ELSE 0 END) AS with_code,
           MAX(CASE WHEN e.ground = 'confidential' THEN 0 ELSE 1 END) AS otherwise
    FROM sent s
    JOIN exception_tried e
        ON e.message_key = s.message_key
        AND e.adult_key = s.coach_key
        AND (e.team_key = s.team_key OR e.team_key IS NULL)
    WHERE e.outcome = 'covers'
    GROUP BY s.message_key, s.coach_key, s.team_key
),
used AS (
    SELECT s.coach_key, s.team_key, COUNT(*) AS all_messages,
           CAST(SUM(COALESCE(c.with_code, 0)) AS BIGINT) AS with_code,
           SUM(CASE WHEN c.with_code = 1 AND c.otherwise = 0 AND s.also_class = 0
                         AND s.on_behalf = 0
                    THEN 1 ELSE 0 END) AS sure
    FROM sent s
    LEFT JOIN covered c
        ON c.message_key = s.message_key
        AND c.coach_key = s.coach_key
        AND c.team_key = s.team_key
    GROUP BY s.coach_key, s.team_key
)
SELECT team_key AS record_key, CAST(NULL AS BIGINT) AS since_day, coach_key AS adult_key,
       CAST(NULL AS BIGINT) AS student_key, team_key, CAST(NULL AS BIGINT) AS thing_key,
       /* certain only without messages that another approval covers too, to the own pupils, or
          behind whose name somebody else may stand */
       CASE WHEN sure >= $minimum_messages AND sure * 100 >= all_messages * $share_percent
            THEN 0 ELSE 1 END AS uncertain,
       with_code, all_messages
FROM used
WHERE with_code >= $minimum_messages
    AND with_code * 100 >= all_messages * $share_percent
