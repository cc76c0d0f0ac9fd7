-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TRIGGER photos_logged AFTER INSERT ON photos
BEGIN
    INSERT INTO log (photo) VALUES (new.id);
END;

-- downgrade
DROP TRIGGER photos_logged;
