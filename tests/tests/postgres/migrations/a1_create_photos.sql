-- Create photos
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TYPE kind AS ENUM ('jpeg', 'png');
CREATE TABLE photos (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL,
    kind kind NOT NULL
);

-- downgrade
DROP TABLE photos;
DROP TYPE kind;
