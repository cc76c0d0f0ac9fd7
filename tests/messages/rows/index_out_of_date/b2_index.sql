-- Index docs
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE VIRTUAL TABLE docs_fts USING fts5(title, body, content='docs', content_rowid='id');
CREATE TRIGGER docs_ai AFTER INSERT ON docs BEGIN
    INSERT INTO docs_fts (rowid, title, body) VALUES (new.id, new.title, new.body);
END;

-- downgrade
DROP TRIGGER docs_ai;
DROP TABLE docs_fts;
