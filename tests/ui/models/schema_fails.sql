CREATE TABLE photos (
    id INTEGER PRIMARY KEY
);
CREATE INDEX ix_photos_title ON photos (title);
CREATE TABLE photos (id INTEGER);
