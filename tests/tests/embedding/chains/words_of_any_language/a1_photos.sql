-- Fügt „Fotos“ hinzu: 写真 📷
--
-- Revision ID: a1
-- Revises:
-- Hinweis: der Doppelpunkt macht keinen Schlüssel

-- upgrade
CREATE TABLE fotos (größe INTEGER, "naïve; -- downgrade" TEXT DEFAULT '写真;
-- downgrade
');

-- downgrade
DROP TABLE fotos; -- zurück
