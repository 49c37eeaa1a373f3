-- Marks the file as ours ("FLTR"), so that no other program's database is ever written to.
PRAGMA application_id = 1179407442;

-- The log. (stream, version) is the key and so the lock; the rowid keeps the order across streams.
CREATE TABLE events (
    stream TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    call TEXT NOT NULL,
    data TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (stream, version)
);

CREATE INDEX events_call ON events (call, stream) WHERE call <> '';

-- One entry a stream: the list of streams never walks over their events.
CREATE INDEX events_first ON events (stream) WHERE version = 1;

-- Words by which a stream is found again. The words arrive already split and folded (words.py).
CREATE VIRTUAL TABLE search USING fts5 (stream UNINDEXED, text);
