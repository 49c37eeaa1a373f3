-- tip: version and hash of a stream's last event
SELECT version, hash FROM events WHERE stream = :stream ORDER BY version DESC LIMIT 1;

-- append: one event, in the order of its columns
INSERT INTO events (stream, version, kind, at, actor, call, data, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- load: a stream's events after a version
SELECT stream, version, kind, at, actor, call, data, previous, hash
FROM events WHERE stream = :stream AND version > :after ORDER BY version;

-- find_call: a stream's events of one call
SELECT stream, version, kind, at, actor, call, data, previous, hash
FROM events INDEXED BY events_call WHERE stream = :stream AND call = :call AND call <> '' ORDER BY version;

-- streams: names by prefix, oldest first (left to itself, SQLite walks over every event)
SELECT stream FROM events INDEXED BY events_first WHERE version = 1 AND substr(stream, 1, length(:prefix)) = :prefix ORDER BY rowid;

-- forget: drop what is indexed for a stream
DELETE FROM search WHERE stream = :stream;

-- index: the words of a stream
INSERT INTO search (stream, text) VALUES (:stream, :text);

-- search: streams that hold any of the words, best match first, the newer of two equals first
SELECT stream FROM search WHERE search MATCH :words ORDER BY rank, rowid DESC LIMIT :limit;

-- take: a lease that is free, ended or one's own; no row where another holder has it (times are UTC in one width)
INSERT INTO leases (name, holder, until) VALUES (:name, :holder, :until)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE leases.holder = excluded.holder OR leases.until <= :now
RETURNING holder;

-- holder: who has a lease
SELECT holder FROM leases WHERE name = :name;

-- release: one's own lease
DELETE FROM leases WHERE name = :name AND holder = :holder;
