-- case: an index on an older table
-- expect: index-locks-table: `photos_stars`
-- script: it
-- upgrade
CREATE INDEX photos_stars ON photos (stars);
-- downgrade
DROP INDEX photos_stars;
-- case: a unique constraint on an older table
-- expect: index-locks-table: `users_email_key`
-- script: it
-- upgrade
ALTER TABLE users ADD UNIQUE (email);
-- downgrade
ALTER TABLE users DROP CONSTRAINT users_email_key;
-- case: a foreign key that is validated at once
-- expect: foreign-key-validates: `photos_stars_fkey`
-- script: it
-- upgrade
ALTER TABLE photos ADD FOREIGN KEY (stars) REFERENCES users;
-- downgrade
ALTER TABLE photos DROP CONSTRAINT photos_stars_fkey;
-- case: a check that is validated at once
-- expect: check-validates: `photos_stars_check`
-- script: it
-- upgrade
ALTER TABLE photos ADD CHECK (stars > 0);
-- downgrade
ALTER TABLE photos DROP CONSTRAINT photos_stars_check;
-- case: NOT NULL without a check before it
-- expect: set-not-null: `photos.owner`
-- script: it
-- upgrade
ALTER TABLE photos ALTER COLUMN owner SET NOT NULL;
-- downgrade
ALTER TABLE photos ALTER COLUMN owner DROP NOT NULL;
-- case: a type that rewrites the table
-- expect: rewrites-table: `photos`
-- script: it
-- upgrade
ALTER TABLE photos ALTER COLUMN stars TYPE bigint;
-- downgrade
ALTER TABLE photos ALTER COLUMN stars TYPE integer;
-- case: a type that does not rewrite it
-- expect: nothing
-- script: it
-- upgrade
ALTER TABLE users ALTER COLUMN name TYPE varchar;
-- downgrade
ALTER TABLE users ALTER COLUMN name TYPE text;
-- case: a volatile default
-- expect: volatile-default: `photos.token`
-- script: it
-- upgrade
ALTER TABLE photos ADD COLUMN token uuid DEFAULT gen_random_uuid();
-- downgrade
ALTER TABLE photos DROP COLUMN token;
-- case: a constant default
-- expect: nothing
-- script: it
-- upgrade
ALTER TABLE photos ADD COLUMN seen timestamptz NOT NULL DEFAULT now();
-- downgrade
ALTER TABLE photos DROP COLUMN seen;
-- case: a renamed table
-- expect: renames-table: `photos` is renamed to `pictures`
-- script: it
-- upgrade
ALTER TABLE photos RENAME TO pictures;
-- downgrade
ALTER TABLE pictures RENAME TO photos;
-- case: a renamed column
-- expect: renames-column: `users.email` is renamed to `mail`
-- script: it
-- upgrade
ALTER TABLE users RENAME COLUMN email TO mail;
-- downgrade
ALTER TABLE users RENAME COLUMN mail TO email;
-- case: a renamed column that is allowed
-- expect: nothing
-- script: it
-- Allow: renames-column
-- upgrade
ALTER TABLE users RENAME COLUMN email TO mail;
-- downgrade
ALTER TABLE users RENAME COLUMN mail TO email;
-- case: an index that is built concurrently
-- expect: nothing
-- script: it
-- Outside Transaction: CREATE INDEX CONCURRENTLY cannot run in one
-- upgrade
CREATE INDEX CONCURRENTLY photos_stars ON photos (stars);
-- downgrade
DROP INDEX CONCURRENTLY photos_stars;
-- case: constraints that are validated later
-- expect: nothing
-- script: first
-- upgrade
ALTER TABLE photos ADD CONSTRAINT owner_set CHECK (owner IS NOT NULL) NOT VALID;

ALTER TABLE photos ADD CONSTRAINT photos_stars_fkey FOREIGN KEY (stars) REFERENCES users NOT VALID;
-- downgrade
ALTER TABLE photos DROP CONSTRAINT photos_stars_fkey;

ALTER TABLE photos DROP CONSTRAINT owner_set;
-- script: second
-- upgrade
ALTER TABLE photos VALIDATE CONSTRAINT owner_set;

ALTER TABLE photos ALTER COLUMN owner SET NOT NULL;
-- downgrade
ALTER TABLE photos ALTER COLUMN owner DROP NOT NULL;

ALTER TABLE photos DROP CONSTRAINT owner_set;

ALTER TABLE photos ADD CONSTRAINT owner_set CHECK (owner IS NOT NULL) NOT VALID;
-- case: everything on a new table
-- expect: nothing
-- script: it
-- upgrade
CREATE TABLE tags (id integer, name text);

CREATE INDEX ON tags (name);

ALTER TABLE tags ADD CHECK (name <> ''), ALTER COLUMN name SET NOT NULL, ALTER COLUMN id TYPE bigint;

ALTER TABLE tags RENAME COLUMN name TO word;
-- downgrade
DROP TABLE tags;
-- case: an unknown lint
-- expect: unknown-lint: `renames-colum`
-- script: it
-- Allow: renames-colum
-- upgrade
CREATE TABLE tags (id integer);
-- downgrade
DROP TABLE tags;
-- case: a renamed constraint and a renamed index are not new
-- expect: nothing
-- script: it
-- upgrade
ALTER INDEX photos_title RENAME TO titles_of_photos;

ALTER TABLE photos RENAME CONSTRAINT photos_owner_fkey TO owner_of_photo;
-- downgrade
ALTER TABLE photos RENAME CONSTRAINT owner_of_photo TO photos_owner_fkey;

ALTER INDEX titles_of_photos RENAME TO photos_title;
-- case: a rewrite with what depends on the column is one finding
-- expect: rewrites-table: `photos`
-- script: it
-- upgrade
ALTER TABLE photos ALTER COLUMN owner TYPE bigint;
-- downgrade
ALTER TABLE photos ALTER COLUMN owner TYPE integer;
-- case: a limit of the run is removed
-- expect: missing-lock-timeout: without a limit
-- script: it
-- upgrade
SET LOCAL lock_timeout = 0;

ALTER TABLE photos ADD COLUMN more text;
-- downgrade
ALTER TABLE photos DROP COLUMN more;
-- case: a limit that is shorter
-- expect: nothing
-- script: it
-- upgrade
SET LOCAL lock_timeout = '1s';

ALTER TABLE photos ADD COLUMN more text;
-- downgrade
ALTER TABLE photos DROP COLUMN more;
-- case: an index is rebuilt with an exclusive lock
-- expect: missing-lock-timeout: without a limit
-- script: it
-- Outside Transaction: it is alone
-- upgrade
REINDEX TABLE photos;
-- downgrade
-- case: an index is rebuilt without one
-- expect: nothing
-- script: it
-- Outside Transaction: it is alone
-- upgrade
REINDEX TABLE CONCURRENTLY photos;
-- downgrade
-- case: a table is written again, which is allowed
-- expect: nothing
-- script: it
-- Outside Transaction: it is alone
-- Allow: missing-lock-timeout
-- upgrade
VACUUM FULL photos;
-- downgrade
