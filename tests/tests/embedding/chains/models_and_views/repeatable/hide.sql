CREATE TRIGGER hide INSTEAD OF DELETE ON titled BEGIN
    UPDATE photos SET hidden = 1 WHERE id = old.id;
END;
