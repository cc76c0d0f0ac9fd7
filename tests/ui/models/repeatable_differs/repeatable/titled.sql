CREATE VIEW titled AS
SELECT id, title FROM photos;
