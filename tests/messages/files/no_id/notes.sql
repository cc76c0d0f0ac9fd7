-- queries that we run by hand
SELECT count(*) FROM photos;
