-- Script a1
--
-- Revision ID: a1
-- Revises: 

-- upgrade
-- ]0;x
CREATE TABLE "t" (a TEXT);

-- downgrade
DROP TABLE "t";
