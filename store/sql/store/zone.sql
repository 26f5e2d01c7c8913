-- STORE_ZONE: a time zone of the database's own by its name, in any case of letters, as a zone to be used. Some names are
-- abbreviations too, which would be taken first: they know no summer, or are another country's where the server is set up
-- so. There another name of the same zone is given.
-- takes: arg.zone text
-- gives: zone text
select coalesce(other, name)
from pg_timezone_names
left join (values ('CET', 'Europe/Brussels'), ('MET', 'Europe/Brussels'), ('EET', 'Europe/Athens'),
                  ('WET', 'Europe/Lisbon'), ('EST', 'America/Panama'), ('MST', 'America/Phoenix'),
                  ('HST', 'Pacific/Honolulu')) as twice (abbreviation, other) on abbreviation = name
where lower(name) = lower($1)
