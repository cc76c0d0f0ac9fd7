// Runs Drizzle's own migrator: node drizzle.js <folder> <database>
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { drizzle } from "drizzle-orm/sql-js";
import { migrate } from "drizzle-orm/sql-js/migrator";
import initSqlJs from "sql.js";

const [folder, file] = process.argv.slice(2);
const { Database } = await initSqlJs();
const database = new Database(existsSync(file) ? readFileSync(file) : null);
migrate(drizzle(database), { migrationsFolder: folder });
writeFileSync(file, database.export());
