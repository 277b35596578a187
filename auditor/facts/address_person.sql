/*
Whose each address was, with what that person was, from day to day. An address that two people
claimed at once is nobody's on those days (two guardians may share one) and has no row.
*/
SELECT a.address_key, a.person_key,
       CASE WHEN a.from_day > s.from_day THEN a.from_day ELSE s.from_day END AS from_day,
       CASE WHEN a.until_day < s.until_day THEN a.until_day ELSE s.until_day END AS until_day,
       CAST(s.is_student AS SMALLINT) AS is_student,
       CAST(s.is_adult AS SMALLINT) AS is_adult,
       CAST(CASE WHEN a.kind = 'personal' THEN 1 ELSE 0 END AS SMALLINT) AS is_personal,
       CAST(CASE WHEN a.kind IN ('personal', 'outside') THEN 1 ELSE 0 END AS SMALLINT)
           AS is_outside
FROM person_address a
JOIN person_span s
    ON s.person_key = a.person_key
    AND s.from_day < a.until_day
    AND a.from_day < s.until_day
