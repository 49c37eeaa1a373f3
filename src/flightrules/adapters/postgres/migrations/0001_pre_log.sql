-- Names of the migrations that were applied. Every version of the server that knows all of them may use the schema.
CREATE TABLE flightrules.migrations (
    name text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- The log. (stream, version) is the key. Data and times are text: jsonb reorders keys and timestamptz forgets zones,
-- and both would break the seal. `position` is the order in which rows were made, not that of their commits.
CREATE TABLE flightrules.events (
    position bigint GENERATED ALWAYS AS IDENTITY,
    stream text COLLATE "C" NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    kind text NOT NULL,
    at text NOT NULL,
    actor text NOT NULL,
    call text COLLATE "C" NOT NULL,
    data text NOT NULL,
    previous text NOT NULL,
    hash text NOT NULL,
    PRIMARY KEY (stream, version)
);

CREATE INDEX events_call ON flightrules.events (stream, call) WHERE call <> '';

-- One entry a stream: the list of streams never walks over their events.
CREATE INDEX events_first ON flightrules.events (position) INCLUDE (stream) WHERE version = 1;

-- An event follows the one before it. A role that may only insert cannot break a chain by this table.
CREATE FUNCTION flightrules.events_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    tip text;
BEGIN
    SELECT hash INTO tip FROM flightrules.events WHERE stream = NEW.stream AND version = NEW.version - 1;
    IF NEW.previous <> COALESCE(tip, repeat('0', 64)) OR (tip IS NULL AND NEW.version > 1) THEN
        RAISE EXCEPTION 'event % of stream % does not follow the one before it', NEW.version, NEW.stream
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER events_follow BEFORE INSERT ON flightrules.events
    FOR EACH ROW EXECUTE FUNCTION flightrules.events_follow();

-- The owner changes nothing by accident. Rights keep the server's role from it; witnesses show what an owner did.
CREATE FUNCTION flightrules.events_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are never changed or removed' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON flightrules.events
    FOR EACH STATEMENT EXECUTE FUNCTION flightrules.events_stay();

-- Words by which a stream is found again. They arrive split, folded and cut (words.py, rows.py).
CREATE TABLE flightrules.words (
    position bigint GENERATED ALWAYS AS IDENTITY,
    word text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    PRIMARY KEY (word, stream)
);

CREATE INDEX words_stream ON flightrules.words (stream);

-- Who does a work that only one process may do, and until when; nothing here is part of the log.
CREATE TABLE flightrules.leases (
    name text COLLATE "C" PRIMARY KEY,
    holder text NOT NULL,
    until timestamptz NOT NULL
);
