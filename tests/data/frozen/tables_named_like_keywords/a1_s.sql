-- Script a1
--
-- Revision ID: a1
-- Revises: 

-- upgrade
CREATE TABLE "commit" (a);
CREATE TABLE [attach] (a);
INSERT INTO "commit" VALUES ('COMMIT; ATTACH x');

-- downgrade
DROP TABLE "attach";
DROP TABLE "commit";
