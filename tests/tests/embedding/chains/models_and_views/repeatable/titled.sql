CREATE VIEW titled AS SELECT id, title FROM photos WHERE title IS NOT NULL AND NOT hidden;
