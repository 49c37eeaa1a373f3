-- Who does a work that only one process may do, and until when; nothing here is part of the log.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until TEXT NOT NULL
);
