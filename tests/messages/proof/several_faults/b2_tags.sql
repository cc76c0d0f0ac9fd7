-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE tags (id INTEGER PRIMARY KEY);
CREATE VIEW names AS SELECT tag FROM photos;

-- downgrade
DROP TABLE tags;
