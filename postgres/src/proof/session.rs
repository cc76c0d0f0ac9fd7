//! A connection to a scratch database. Scripts run on it as in a real run: each section in its own
//! transaction, or statement by statement if the script runs outside a transaction.

use aludel_core::chain::{Script, Section};
use aludel_core::plan::Direction;
use postgres::error::ErrorPosition;
use postgres::{Client, SimpleQueryMessage};

use crate::catalog::{Catalog, Reader};
use crate::scratch::{Database, ScratchError, Server};

/// A connection to a scratch database.
pub(crate) struct Session<'a> {
    server: &'a Server,
    reader: Option<Reader>,
    client: Client,
    own: Vec<String>,
    /// The roles and settings of the server before the first script.
    cluster: Vec<String>,
    /// Declared after the connections, so that it is dropped last, when no connection is left.
    database: Database<'a>,
}

/// A statement that the server rejected.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// The number of the statement. If the commit failed, this is the number of the last statement.
    pub(crate) statement: usize,
    /// The byte offset in the statement to which the error points.
    pub(crate) byte: Option<usize>,
    /// The message.
    pub(crate) message: String,
    /// The detail, the hint and the context.
    pub(crate) notes: Vec<String>,
}

/// Watches the statements of a section while they run.
pub(crate) trait Observer {
    /// Called after each statement, with the number of rows that it changed.
    fn ran(&mut self, client: &mut Client, statement: usize, rows: u64) -> Result<(), postgres::Error>;

    /// Called before the commit.
    fn commits(&mut self, client: &mut Client) -> Result<(), postgres::Error>;

    /// Returns `true` if the observer needs neither call. A section can then run in one round trip.
    fn is_blind(&self) -> bool {
        false
    }
}

/// An observer that does nothing.
pub(crate) struct Blind;

impl Observer for Blind {
    fn ran(&mut self, _: &mut Client, _: usize, _: u64) -> Result<(), postgres::Error> {
        Ok(())
    }

    fn commits(&mut self, _: &mut Client) -> Result<(), postgres::Error> {
        Ok(())
    }

    fn is_blind(&self) -> bool {
        true
    }
}

/// The objects and settings that a section left in the session.
#[derive(Debug, Clone, Default)]
pub(crate) struct Leftovers {
    /// Temporary objects.
    pub(crate) temporary: Vec<String>,
    /// Settings of the session.
    pub(crate) settings: Vec<String>,
}

const LEFTOVERS: &str = "
    SELECT 'temporary', relname FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind NOT IN ('i', 't', 'c')
    UNION ALL SELECT 'temporary', proname || '()' FROM pg_proc WHERE pronamespace = pg_my_temp_schema()
    UNION ALL SELECT 'temporary', 'type ' || typname FROM pg_type WHERE typnamespace = pg_my_temp_schema() AND typrelid = 0 AND typelem = 0
    UNION ALL SELECT 'temporary', 'prepared statement ' || name FROM pg_prepared_statements WHERE from_sql
    UNION ALL SELECT 'temporary', 'cursor ' || name FROM pg_cursors WHERE name <> ''
    UNION ALL SELECT 'setting', name || ' = ' || setting FROM pg_settings WHERE source = 'session'
    UNION ALL SELECT 'setting', 'role = ' || current_user WHERE current_user <> session_user
    UNION ALL SELECT 'setting', 'a lock that outlives the transaction' FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'
    ORDER BY 1, 2";

const CLUSTER: &str = "
    SELECT concat_ws(' ', 'role', rolname, CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
        CASE WHEN rolcreatedb THEN 'CREATEDB' END, CASE WHEN rolcanlogin THEN 'LOGIN' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' END,
        CASE WHEN rolreplication THEN 'REPLICATION' END, CASE WHEN NOT rolinherit THEN 'NOINHERIT' END, CASE WHEN rolconnlimit >= 0 THEN rolconnlimit END, rolvaliduntil) FROM pg_roles
    UNION ALL SELECT concat_ws(' ', 'membership of', pg_get_userbyid(member), 'in', pg_get_userbyid(roleid), CASE WHEN admin_option THEN 'WITH ADMIN OPTION' END) FROM pg_auth_members
    UNION ALL SELECT concat_ws(' ', 'settings of role', pg_get_userbyid(setrole), array_to_string(setconfig, ', ')) FROM pg_db_role_setting WHERE setdatabase = 0
    UNION ALL SELECT concat_ws(' ', 'settings of database', d.datname, CASE WHEN s.setrole <> 0 THEN 'for ' || pg_get_userbyid(s.setrole) END, array_to_string(s.setconfig, ', '))
        FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname !~ '^aludel_'
    UNION ALL SELECT concat_ws(' ', 'database', datname, 'of', pg_get_userbyid(datdba), CASE WHEN NOT datallowconn THEN 'without connections' END,
        CASE WHEN datconnlimit >= 0 THEN datconnlimit END, array_to_string(datacl, ', ')) FROM pg_database WHERE datname !~ '^aludel_'
    UNION ALL SELECT concat_ws(' ', 'tablespace', spcname, array_to_string(spcacl, ', '), array_to_string(spcoptions, ', ')) FROM pg_tablespace
    UNION ALL SELECT concat_ws(' ', 'comment on', coalesce('role ' || pg_get_userbyid(objoid), objoid::text), description) FROM pg_shdescription WHERE classoid = 'pg_authid'::regclass
    UNION ALL SELECT 'replication slot ' || slot_name FROM pg_replication_slots";

/// The privileges on settings of the server, which exist since PostgreSQL 15.
const PARAMETERS: &str = "UNION ALL SELECT concat_ws(' ', 'privileges on', parname, array_to_string(paracl, ', ')) FROM pg_parameter_acl";

/// Ends the effect of `SET LOCAL`, which lasts only until the end of its script.
pub(super) const RESTORE: &str = "RESET ROLE; RESET ALL";

/// The message for a section that was rolled back because it changes the server.
const CHANGES_SERVER: &str = "it changes roles or settings of the whole server, which the proof allows only on a server that it started";

impl<'a> Session<'a> {
    /// Creates an empty database and connects to it.
    pub(crate) fn open(server: &'a Server, own: &[String]) -> Result<Self, ScratchError> {
        server.drop_roles()?;
        Self::on(server, server.create()?, own)
    }

    /// Connects to a database.
    pub(crate) fn on(
        server: &'a Server,
        database: Database<'a>,
        own: &[String],
    ) -> Result<Self, ScratchError> {
        let mut client = database.connect()?;
        let cluster = cluster(server, &mut client)?;
        Ok(Self { server, reader: None, client, own: own.to_vec(), cluster, database })
    }

    /// Returns the database.
    pub(crate) fn database(&self) -> &Database<'a> {
        &self.database
    }

    /// Closes the connections, and returns the database.
    pub(crate) fn close(self) -> Database<'a> {
        self.database
    }

    /// Returns the connection.
    pub(crate) fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Reads the schema.
    pub(crate) fn catalog(&mut self) -> Result<Catalog, ScratchError> {
        Ok(self.reader()?.read()?)
    }

    /// Returns the catalog reader, which has its own connections.
    pub(crate) fn reader(&mut self) -> Result<&mut Reader, ScratchError> {
        Ok(self.connections()?.0)
    }

    /// Returns the reader's first connection, and the connection on which scripts run.
    pub(crate) fn clients(&mut self) -> Result<(&mut Client, &mut Client), ScratchError> {
        let (reader, client) = self.connections()?;
        Ok((reader.client(), client))
    }

    fn connections(&mut self) -> Result<(&mut Reader, &mut Client), ScratchError> {
        let reader = if let Some(reader) = self.reader.take() {
            reader
        } else {
            let clients = [self.database.connect()?, self.database.connect()?];
            Reader::new(clients, self.server.major(), &self.own)?
        };
        Ok((self.reader.insert(reader), &mut self.client))
    }

    /// Runs one direction of a script.
    pub(crate) fn run(
        &mut self,
        script: &Script,
        direction: Direction,
        observer: &mut dyn Observer,
    ) -> Result<Result<(), Failure>, ScratchError> {
        let section = script.section(direction);
        if script.outside_transaction(direction).is_some() {
            for (number, statement) in section.statements().enumerate() {
                if let Err(failure) = self.statement(number, statement)? {
                    return Ok(Err(failure));
                }
            }
            return Ok(Ok(()));
        }
        self.run_section(section, observer)
    }

    /// Runs a section in a transaction.
    pub(crate) fn run_section(
        &mut self,
        section: &Section,
        observer: &mut dyn Observer,
    ) -> Result<Result<(), Failure>, ScratchError> {
        if observer.is_blind() && self.server.is_local() && self.run_together(&[section])? {
            return Ok(Ok(()));
        }
        self.client.batch_execute("BEGIN")?;
        for (number, statement) in section.statements().enumerate() {
            match self.statement(number, statement)? {
                Ok(rows) => observer.ran(&mut self.client, number, rows)?,
                Err(failure) => {
                    self.client.batch_execute("ROLLBACK")?;
                    return Ok(Err(failure));
                }
            }
        }
        observer.commits(&mut self.client)?;
        self.commit(section.statements.len().saturating_sub(1))
    }

    /// Runs sections in one transaction, as a run does. The error contains the number of the section
    /// that failed.
    pub(crate) fn run_part(
        &mut self,
        sections: &[&Section],
    ) -> Result<Result<(), (usize, Failure)>, ScratchError> {
        if self.server.is_local() && self.run_together(sections)? {
            return Ok(Ok(()));
        }
        self.client.batch_execute("BEGIN")?;
        for (place, section) in sections.iter().enumerate() {
            for (number, statement) in section.statements().enumerate() {
                if let Err(failure) = self.statement(number, statement)? {
                    self.client.batch_execute("ROLLBACK")?;
                    return Ok(Err((place, failure)));
                }
            }
            self.client.batch_execute(RESTORE)?;
        }
        let last = sections.len().saturating_sub(1);
        let statements = sections.last().map_or(0, |section| section.statements.len());
        Ok(self.commit(statements.saturating_sub(1))?.map_err(|failure| (last, failure)))
    }

    /// Commits the transaction, unless it changes a server that was not started for the proof. `last`
    /// is the number of the last statement.
    fn commit(&mut self, last: usize) -> Result<Result<(), Failure>, ScratchError> {
        if !self.server.is_local() && cluster(self.server, &mut self.client)? != self.cluster {
            self.client.batch_execute("ROLLBACK")?;
            return Ok(Err(Failure {
                statement: last,
                byte: None,
                message: CHANGES_SERVER.to_owned(),
                notes: Vec::new(),
            }));
        }
        // Deferred constraints are checked here.
        Ok(match self.client.batch_execute("COMMIT") {
            Ok(()) => Ok(()),
            Err(error) => Err(failure(last, "", error)?),
        })
    }

    /// Runs sections in one transaction and one round trip. Returns `false` if a statement fails. In
    /// that case, nothing has changed.
    fn run_together(&mut self, sections: &[&Section]) -> Result<bool, ScratchError> {
        let statements: Vec<&str> =
            sections.iter().flat_map(|section| section.statements().chain([RESTORE])).collect();
        match self.client.batch_execute(&format!("BEGIN;\n{}\n;COMMIT", statements.join("\n;"))) {
            Ok(()) => Ok(true),
            Err(error) if error.as_db_error().is_some() => {
                self.client.batch_execute("ROLLBACK")?;
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Runs a section in a transaction that is rolled back.
    pub(crate) fn try_section(&mut self, section: &Section) -> Result<Result<(), Failure>, ScratchError> {
        self.client.batch_execute("BEGIN")?;
        let mut ran = Ok(());
        for (number, statement) in section.statements().chain(["SET CONSTRAINTS ALL IMMEDIATE"]).enumerate() {
            if let Err(failure) = self.statement(number, statement)? {
                ran = Err(failure);
                break;
            }
        }
        self.client.batch_execute("ROLLBACK")?;
        Ok(ran)
    }

    /// Returns the names of Aludel's own tables.
    pub(crate) fn own_tables(&self) -> &[String] {
        &self.own
    }

    fn statement(&mut self, number: usize, statement: &str) -> Result<Result<u64, Failure>, ScratchError> {
        match self.client.simple_query(statement) {
            Ok(messages) => Ok(Ok(changed(&messages))),
            Err(error) => Ok(Err(failure(number, statement, error)?)),
        }
    }

    /// Removes the objects and settings that a section left in the session. Does nothing if
    /// `leaves` is `false`.
    pub(crate) fn clean(&mut self, leaves: bool) -> Result<(), ScratchError> {
        if leaves {
            self.leftovers()?;
        }
        Ok(())
    }

    /// Returns the objects and settings that a section left in the session, and removes them.
    pub(crate) fn leftovers(&mut self) -> Result<Leftovers, ScratchError> {
        let mut left = Leftovers::default();
        for message in self.client.simple_query(LEFTOVERS)? {
            let SimpleQueryMessage::Row(row) = message else { continue };
            let words = row.try_get(1)?.unwrap_or_default().to_owned();
            if row.try_get(0)? == Some("temporary") { &mut left.temporary } else { &mut left.settings }
                .push(words);
        }
        if !left.temporary.is_empty() || !left.settings.is_empty() {
            self.client.batch_execute("DISCARD ALL")?;
        }
        Ok(left)
    }

    /// Returns the roles and settings of the server that have changed since the last call.
    pub(crate) fn cluster_changes(&mut self) -> Result<Vec<String>, ScratchError> {
        let now = cluster(self.server, &mut self.client)?;
        let before = std::mem::replace(&mut self.cluster, now);
        let gone = before
            .iter()
            .filter(|line| !self.cluster.contains(line))
            .map(|line| format!("{line} is missing"));
        let new =
            self.cluster.iter().filter(|line| !before.contains(line)).map(|line| format!("{line} is new"));
        Ok(gone.chain(new).collect())
    }
}

/// Returns the roles and settings of the whole server, sorted.
fn cluster(server: &Server, client: &mut Client) -> Result<Vec<String>, ScratchError> {
    let parameters = if server.major() >= 15 { PARAMETERS } else { "" };
    lines(client, &format!("{CLUSTER} {parameters} ORDER BY 1"))
}

fn lines(client: &mut Client, query: &str) -> Result<Vec<String>, ScratchError> {
    let messages = client.simple_query(query)?;
    let line = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.try_get(0).ok().flatten().map(str::to_owned),
        _ => None,
    };
    Ok(messages.iter().filter_map(line).collect())
}

/// Returns the number of rows that a statement returned or changed.
fn changed(messages: &[SimpleQueryMessage]) -> u64 {
    let rows = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::CommandComplete(rows) => Some(*rows),
        _ => None,
    };
    messages.iter().filter_map(rows).sum()
}

/// Converts an error to the failure of a statement. Returns an error if the connection failed.
fn failure(number: usize, statement: &str, error: postgres::Error) -> Result<Failure, ScratchError> {
    let Some(reported) = error.as_db_error() else { return Err(error.into()) };
    let byte = match reported.position() {
        Some(ErrorPosition::Original(position)) => {
            let before = usize::try_from(*position).unwrap_or(1).saturating_sub(1);
            statement.char_indices().nth(before).map(|(byte, _)| byte)
        }
        _ => None,
    };
    let inner = match reported.position() {
        Some(ErrorPosition::Internal { query, .. }) => Some(format!("query: {query}")),
        _ => None,
    };
    let notes = [
        reported.detail().map(|detail| format!("detail: {detail}")),
        reported.hint().map(|hint| format!("hint of the server: {hint}")),
        inner,
        reported.where_().map(|context| format!("context: {context}")),
    ];
    Ok(Failure {
        statement: number,
        byte,
        message: reported.message().to_owned(),
        notes: notes.into_iter().flatten().collect(),
    })
}
