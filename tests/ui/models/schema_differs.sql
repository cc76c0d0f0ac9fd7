-- What photos should be.
CREATE TABLE photos (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    width INTEGER
) STRICT;
