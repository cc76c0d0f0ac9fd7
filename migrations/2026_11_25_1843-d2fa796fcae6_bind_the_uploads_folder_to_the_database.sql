-- Bind the uploads folder to the database
--
-- Revision ID: d2fa796fcae6
-- Revises: 8d3f61c0b7e2
-- Create Date: 2026-11-25 18:43:34.508299

-- The folder holds the same id in `.binding`. A server refuses to serve a folder with another database's photos: it would find that no row
-- names them.

-- upgrade
-- added table `uploads_binding`
CREATE TABLE uploads_binding (
    slot INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    bound_at DATETIME NOT NULL,
    CHECK (slot = 1)
);

-- downgrade
-- removed table `uploads_binding`
DROP TABLE uploads_binding;
