-- Call the name a title
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
ALTER TABLE photos RENAME COLUMN name TO title;
DROP VIEW names;
CREATE VIEW names AS SELECT name FROM photos;

-- downgrade
DROP VIEW names;
ALTER TABLE photos RENAME COLUMN title TO name;
CREATE VIEW names AS SELECT name FROM photos;
