/*
title = "Sent through social media and not another way"
looks_for = "Messages of an adult through a social media tool that reached students whom the adult sent nothing another way within the window before or after. What another leader of the same team sent its members counts too, and so does a post whose missing team members were all told another way."
needs = ["messages", "people", "tools"]
identity = ["adult_key", "thing_key"]
evidence = ["reached", "left_out", "open_twin", "on_behalf"]
says = "{by_adult:message|messages} through this social media tool that no other channel carried to the same students."
why = [
  "Each reached {reached_range} known as students; to {left_out_range} of them nothing else from this adult came within the window.",
  "Looked at were mail, learning system, broadcasts and every other tool that is not known as social media; wording is not compared.",
]
misses = [
  "Posts through a tool that the catalogue does not have as social media, and posts no source reads.",
  "Whether what was sent another way said the same.",
  "A page, a notice board or a broadcast of an office, whose readers no source names.",
  "Students who follow an account without being known there.",
]
explained_by = ["LIST", "AUTO", "CAL", "OOO", "DUP", "BCC", "PARENT", "FAM", "GRAD", "VOL", "TZ", "PUSH", "ROLE"]
*/
WITH social_word AS (
    SELECT w.word, MIN(w.thing_key) AS thing_key
    FROM tool_word w
    JOIN tool t ON t.thing_key = w.thing_key
    WHERE t.kind = 'social'
    GROUP BY w.word
),
on_social AS (
    SELECT c.message_key, MIN(s.thing_key) AS thing_key
    FROM message_copy c
    JOIN social_word s ON s.word = c.tool_word
    GROUP BY c.message_key
),
post AS (
    SELECT k.message_key, k.adult_key, k.sent_us, k.sent_day, k.on_behalf, o.thing_key
    FROM contact k
    JOIN on_social o ON o.message_key = k.message_key
    WHERE k.sent_by_adult = 1
),
lead AS (
    SELECT team_key, person_key, from_day, until_day
    FROM team_member
    WHERE role IN ('head_coach', 'assistant_coach', 'volunteer_coach', 'adviser')
),
/* Whose messages count beside a post: the adult's own, and for a team its other leaders'. */
sender AS (
    SELECT message_key, sent_us, adult_key AS sender_key, CAST(NULL AS BIGINT) AS team_key
    FROM post
    UNION
    SELECT p.message_key, p.sent_us, o.person_key AS sender_key, l.team_key
    FROM post p
    JOIN lead l
        ON l.person_key = p.adult_key
        AND p.sent_day >= l.from_day
        AND p.sent_day < l.until_day
    JOIN lead o
        ON o.team_key = l.team_key
        AND o.person_key <> l.person_key
        AND p.sent_day >= o.from_day
        AND p.sent_day < o.until_day
),
/* Also what a machine carried for them, but for auto-replies: a broadcast is another way. */
twin AS (
    SELECT x.message_key, x.team_key, c.message_key AS twin_key,
           MIN(c.sent_day) AS sent_day,
           MIN(c.hidden) AS hidden,
           MIN(CASE WHEN c.unparsed > 0 THEN 1 ELSE 0 END) AS unparsed
    FROM sender x
    CROSS JOIN whole_team_window v
    JOIN address_person a ON a.person_key = x.sender_key
    JOIN message_copy_party f ON f.address_key = a.address_key AND f.role_rank = 0
    JOIN message_copy c
        ON c.message_key = f.message_key
        AND c.sent_us >= x.sent_us - v.minutes * 60000000
        AND c.sent_us <= x.sent_us + v.minutes * 60000000
        AND c.sent_day >= a.from_day
        AND c.sent_day < a.until_day
    LEFT JOIN social_word s ON s.word = c.tool_word
    WHERE s.word IS NULL AND c.automation <> 4
    GROUP BY x.message_key, x.team_key, c.message_key
),
list AS (
    SELECT DISTINCT group_key FROM group_member
),
addressed AS (
    SELECT t.message_key, t.team_key, t.twin_key, a.person_key,
           CASE WHEN a.person_key IS NULL AND l.group_key IS NULL THEN 1 ELSE 0 END AS unknown
    FROM twin t
    JOIN message_copy_party q ON q.message_key = t.twin_key AND q.role_rank > 0
    LEFT JOIN list l ON l.group_key = q.address_key
    LEFT JOIN address_person a
        ON a.address_key = q.address_key
        AND t.sent_day >= a.from_day
        AND t.sent_day < a.until_day
    UNION ALL
    SELECT t.message_key, t.team_key, t.twin_key, a.person_key,
           CASE WHEN a.person_key IS NULL THEN 1 ELSE 0 END AS unknown
    FROM twin t
    JOIN message_copy_party q ON q.message_key = t.twin_key AND q.role_rank > 0
    JOIN group_member g
        ON g.group_key = q.address_key
        AND t.sent_day >= g.from_day
        AND t.sent_day < g.until_day
    LEFT JOIN address_person a
        ON a.address_key = g.member_key
        AND t.sent_day >= a.from_day
        AND t.sent_day < a.until_day
),
told AS (
    SELECT d.message_key, d.person_key
    FROM addressed d
    WHERE d.person_key IS NOT NULL AND d.team_key IS NULL
    UNION
    SELECT d.message_key, d.person_key
    FROM addressed d
    JOIN post p ON p.message_key = d.message_key
    JOIN team_member m
        ON m.team_key = d.team_key
        AND m.person_key = d.person_key
        AND p.sent_day >= m.from_day
        AND p.sent_day < m.until_day
),
/* An address nobody knows says something only beside a student's: most are no student's. */
open_twin AS (
    SELECT message_key
    FROM addressed
    WHERE unknown = 1 AND twin_key IN (SELECT message_key FROM context_contact)
    UNION
    SELECT message_key FROM twin WHERE hidden = 1 OR unparsed = 1
),
reached AS (
    SELECT DISTINCT p.message_key, q.person_key
    FROM post p
    JOIN party_person q ON q.message_key = p.message_key AND q.is_student = 1
    WHERE NOT EXISTS (
        SELECT 1
        FROM guardian g
        WHERE g.guardian_key = p.adult_key
            AND g.student_key = q.person_key
            AND p.sent_day >= g.from_day
            AND p.sent_day < g.until_day
    )
),
counted AS (
    SELECT r.message_key, COUNT(*) AS reached,
           CAST(SUM(CASE WHEN t.person_key IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS left_out
    FROM reached r
    LEFT JOIN told t ON t.message_key = r.message_key AND t.person_key = r.person_key
    GROUP BY r.message_key
),
/* The members of a team whom a post to it did not reach: were all of them told another way? */
others_told AS (
    SELECT m.message_key
    FROM team_message m
    JOIN post p ON p.message_key = m.message_key AND p.adult_key = m.coach_key
    JOIN team_member r
        ON r.team_key = m.team_key
        AND r.role IN ('athlete', 'member')
        AND m.sent_day >= r.from_day
        AND m.sent_day < r.until_day
    LEFT JOIN reached q ON q.message_key = m.message_key AND q.person_key = r.person_key
    LEFT JOIN told t ON t.message_key = m.message_key AND t.person_key = r.person_key
    WHERE q.person_key IS NULL
    GROUP BY m.message_key, m.team_key
    HAVING MIN(CASE WHEN t.person_key IS NULL THEN 0 ELSE 1 END) = 1
)
SELECT p.message_key, p.adult_key, CAST(NULL AS BIGINT) AS student_key,
       CAST(NULL AS BIGINT) AS team_key, 1 AS sent_by_adult,
       CASE WHEN o.message_key IS NULL THEN p.on_behalf ELSE 1 END AS uncertain,
       p.thing_key, c.reached, c.left_out,
       CASE WHEN o.message_key IS NULL THEN 0 ELSE 1 END AS open_twin, p.on_behalf
FROM post p
JOIN counted c ON c.message_key = p.message_key
LEFT JOIN open_twin o ON o.message_key = p.message_key
WHERE c.left_out > 0
    AND p.message_key NOT IN (SELECT message_key FROM others_told)
