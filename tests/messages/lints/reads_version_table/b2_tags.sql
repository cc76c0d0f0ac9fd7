-- Count the steps
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE moves AS SELECT count(*) AS steps FROM aludel_history;

-- downgrade
DROP TABLE moves;
