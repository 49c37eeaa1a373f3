-- Nothing in the tables changes. From here on a log may hold events that version 0.1 does not know (log_read), so 0.1 refuses
-- the file by this name, and cannot go on with an incident that it would read wrongly.
SELECT 1;
