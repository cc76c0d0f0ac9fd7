-- Initial migration
--
-- Revision ID: 49348f7a48f6
-- Revises:
-- Create Date: 2025-12-05 17:00:00.000000
--
-- The tables as Alembic made them for PhotoSafe, type by type: a database that Alembic left at this revision is taken over as it is.

-- upgrade
CREATE TABLE users (
    id INTEGER NOT NULL,
    username VARCHAR NOT NULL,
    email VARCHAR NOT NULL,
    hashed_password VARCHAR NOT NULL,
    name VARCHAR,
    is_active BOOLEAN,
    is_superuser BOOLEAN,
    date_joined DATETIME,
    last_login DATETIME,
    PRIMARY KEY (id)
);

CREATE TABLE photos (
    uuid VARCHAR NOT NULL,
    "masterFingerprint" TEXT,
    original_filename TEXT NOT NULL,
    date DATETIME NOT NULL,
    description TEXT,
    title TEXT,
    keywords TEXT,
    labels TEXT,
    albums TEXT,
    persons TEXT,
    faces TEXT,
    favorite BOOLEAN,
    hidden BOOLEAN,
    isphoto BOOLEAN,
    ismovie BOOLEAN,
    burst BOOLEAN,
    live_photo BOOLEAN,
    portrait BOOLEAN,
    screenshot BOOLEAN,
    slow_mo BOOLEAN,
    time_lapse BOOLEAN,
    hdr BOOLEAN,
    selfie BOOLEAN,
    panorama BOOLEAN,
    intrash BOOLEAN,
    latitude FLOAT,
    longitude FLOAT,
    uti TEXT,
    date_modified DATETIME,
    place TEXT,
    exif TEXT,
    score TEXT,
    search_info TEXT,
    fields TEXT,
    height INTEGER,
    width INTEGER,
    size INTEGER,
    orientation INTEGER,
    s3_key_path TEXT,
    s3_thumbnail_path TEXT,
    s3_edited_path TEXT,
    s3_original_path TEXT,
    s3_live_path TEXT,
    library TEXT,
    filename VARCHAR,
    file_path VARCHAR,
    content_type VARCHAR,
    file_size INTEGER,
    uploaded_at DATETIME,
    owner_id INTEGER,
    PRIMARY KEY (uuid),
    FOREIGN KEY(owner_id) REFERENCES users (id)
);

CREATE TABLE albums (
    uuid VARCHAR NOT NULL,
    title TEXT NOT NULL,
    creation_date DATETIME,
    start_date DATETIME,
    end_date DATETIME,
    PRIMARY KEY (uuid)
);

CREATE TABLE album_photos (
    album_uuid VARCHAR,
    photo_uuid VARCHAR,
    FOREIGN KEY(album_uuid) REFERENCES albums (uuid),
    FOREIGN KEY(photo_uuid) REFERENCES photos (uuid)
);

CREATE TABLE versions (
    id INTEGER NOT NULL,
    photo_uuid VARCHAR,
    version TEXT NOT NULL,
    s3_path TEXT NOT NULL,
    filename TEXT,
    width INTEGER,
    height INTEGER,
    size INTEGER,
    type TEXT,
    PRIMARY KEY (id),
    FOREIGN KEY(photo_uuid) REFERENCES photos (uuid)
);

CREATE UNIQUE INDEX ix_users_email ON users (email);
CREATE INDEX ix_users_id ON users (id);
CREATE UNIQUE INDEX ix_users_username ON users (username);
CREATE INDEX ix_versions_id ON versions (id);

-- downgrade
DROP TABLE versions;
DROP TABLE album_photos;
DROP TABLE albums;
DROP TABLE photos;
DROP TABLE users;
