-- First
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE tags (id int, name text);
COPY tags (id, name) FROM stdin;
1	it's summer
\.


-- downgrade
DROP TABLE tags;
