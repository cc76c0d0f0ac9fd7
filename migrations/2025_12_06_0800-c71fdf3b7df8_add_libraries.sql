-- Add libraries
--
-- Revision ID: c71fdf3b7df8
-- Revises: a1b2c3d4e5f6
-- Create Date: 2025-12-06 08:00:00.000000
-- Allow: foreign-key-without-index
--
-- A named foreign key cannot be added to a table that is there, so photos is rebuilt, as Alembic's batch mode did.
-- Users are few and seldom deleted: `libraries.owner_id` needs no index.

-- upgrade
CREATE TABLE libraries (
    id INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    path TEXT,
    description TEXT,
    created_at DATETIME,
    updated_at DATETIME,
    owner_id INTEGER NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(owner_id) REFERENCES users (id)
);

CREATE INDEX ix_libraries_id ON libraries (id);

CREATE TABLE photos_rebuilt (
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
    library_id INTEGER,
    PRIMARY KEY (uuid),
    CONSTRAINT fk_photos_library_id FOREIGN KEY(library_id) REFERENCES libraries (id),
    FOREIGN KEY(owner_id) REFERENCES users (id)
);

INSERT INTO photos_rebuilt (
    uuid, "masterFingerprint", original_filename, date, description, title, keywords, labels, albums, persons,
    faces, favorite, hidden, isphoto, ismovie, burst, live_photo, portrait, screenshot, slow_mo, time_lapse,
    hdr, selfie, panorama, intrash, latitude, longitude, uti, date_modified, place, exif, score, search_info,
    fields, height, width, size, orientation, s3_key_path, s3_thumbnail_path, s3_edited_path,
    s3_original_path, s3_live_path, library, filename, file_path, content_type, file_size, uploaded_at,
    owner_id
)
SELECT
    uuid, "masterFingerprint", original_filename, date, description, title, keywords, labels, albums, persons,
    faces, favorite, hidden, isphoto, ismovie, burst, live_photo, portrait, screenshot, slow_mo, time_lapse,
    hdr, selfie, panorama, intrash, latitude, longitude, uti, date_modified, place, exif, score, search_info,
    fields, height, width, size, orientation, s3_key_path, s3_thumbnail_path, s3_edited_path,
    s3_original_path, s3_live_path, library, filename, file_path, content_type, file_size, uploaded_at,
    owner_id
FROM photos;

DROP TABLE photos;

ALTER TABLE photos_rebuilt RENAME TO photos;

-- downgrade
CREATE TABLE photos_rebuilt (
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

INSERT INTO photos_rebuilt (
    uuid, "masterFingerprint", original_filename, date, description, title, keywords, labels, albums, persons,
    faces, favorite, hidden, isphoto, ismovie, burst, live_photo, portrait, screenshot, slow_mo, time_lapse,
    hdr, selfie, panorama, intrash, latitude, longitude, uti, date_modified, place, exif, score, search_info,
    fields, height, width, size, orientation, s3_key_path, s3_thumbnail_path, s3_edited_path,
    s3_original_path, s3_live_path, library, filename, file_path, content_type, file_size, uploaded_at,
    owner_id
)
SELECT
    uuid, "masterFingerprint", original_filename, date, description, title, keywords, labels, albums, persons,
    faces, favorite, hidden, isphoto, ismovie, burst, live_photo, portrait, screenshot, slow_mo, time_lapse,
    hdr, selfie, panorama, intrash, latitude, longitude, uti, date_modified, place, exif, score, search_info,
    fields, height, width, size, orientation, s3_key_path, s3_thumbnail_path, s3_edited_path,
    s3_original_path, s3_live_path, library, filename, file_path, content_type, file_size, uploaded_at,
    owner_id
FROM photos;

DROP TABLE photos;

ALTER TABLE photos_rebuilt RENAME TO photos;

DROP TABLE libraries;
