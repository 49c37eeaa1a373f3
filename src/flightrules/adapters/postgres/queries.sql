-- begin: a transaction whose level, durability and patience are not left to the settings of others
BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = on; SET LOCAL lock_timeout = '10s';

-- lock: keep others from appending to these streams; a statement of its own, since each statement has its own snapshot
SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(%(streams)s::text[]) AS name;

-- heads: version and hash of the last event of each of these streams
SELECT name, head.version, head.hash FROM unnest(%(streams)s::text[]) AS name CROSS JOIN LATERAL (
    SELECT version, hash FROM flightrules.events WHERE stream = name ORDER BY version DESC LIMIT 1
) AS head;

-- append: several events, in the order of the lists
INSERT INTO flightrules.events (stream, version, kind, at, actor, call, data, previous, hash)
SELECT stream, version, kind, at, actor, call, data, previous, hash FROM unnest(
    %s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[]
) WITH ORDINALITY AS event (stream, version, kind, at, actor, call, data, previous, hash, place) ORDER BY place;

-- sealed: the hash of one event
SELECT hash FROM flightrules.events WHERE stream = %(stream)s AND version = %(version)s;

-- load: a stream's events after a version
SELECT stream, version, kind, at, actor, call, data, previous, hash
FROM flightrules.events WHERE stream = %(stream)s AND version > %(after)s ORDER BY version;

-- find_call: a stream's events of one call
SELECT stream, version, kind, at, actor, call, data, previous, hash
FROM flightrules.events WHERE stream = %(stream)s AND call = %(call)s AND call <> '' ORDER BY version;

-- streams: names by prefix, oldest first
SELECT stream FROM flightrules.events WHERE version = 1 AND starts_with(stream, %(prefix)s) ORDER BY position;

-- forget: drop what is indexed for a stream
DELETE FROM flightrules.words WHERE stream = %(stream)s;

-- index: the words of a stream
INSERT INTO flightrules.words (word, stream) SELECT word, %(stream)s FROM unnest(%(words)s::text[]) AS word;

-- search: streams that hold any of the words, those with more of them first, the newer of two equals first
SELECT stream FROM flightrules.words WHERE word = ANY(%(words)s::text[])
GROUP BY stream ORDER BY count(*) DESC, max(position) DESC LIMIT %(limit)s;

-- take: a lease that is free, ended or one's own; no row where another holder has it
INSERT INTO flightrules.leases (name, holder, until)
VALUES (%(name)s, %(holder)s, clock_timestamp() + make_interval(secs => %(for_s)s))
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE leases.holder = excluded.holder OR leases.until <= clock_timestamp()
RETURNING holder;

-- holder: who has a lease
SELECT holder FROM flightrules.leases WHERE name = %(name)s;

-- release: one's own lease
DELETE FROM flightrules.leases WHERE name = %(name)s AND holder = %(holder)s;

-- migrated: names of the migrations that were applied
SELECT name FROM flightrules.migrations ORDER BY name;
