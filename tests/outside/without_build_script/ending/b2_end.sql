-- End the transaction
--
-- Revision ID: b2
-- Revises: a1
-- Unproved: FINISH is a function of the program

-- upgrade
CREATE TABLE u (a);
SELECT FINISH();
CREATE TABLE never (a);

-- downgrade
DROP TABLE u;
