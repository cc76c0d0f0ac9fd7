//! TLS connections to a server whose certificate comes from a private authority.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aludel::postgres::{Client, Database};
use aludel::{Error, Interrupt};
use tests::{Scratch, TestResult, failure};

use crate::place::{Place, Result, migrator};

/// The extension of a certificate that is valid for this machine's name, but not for its address.
const NAMES: &str = "subjectAltName=DNS:localhost";

/// A server that accepts nothing but TLS.
struct Secure {
    process: Child,
    folder: Scratch,
    port: u16,
}

impl Secure {
    fn start() -> Result<Self> {
        let folder = Scratch::new()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let path = |name: &str| folder.folder().join(name);
        for authority in ["authority", "other"] {
            let name = format!("/CN={authority}");
            openssl(folder.folder(), &["-subj", &name, "-addext", "keyUsage=keyCertSign"], authority)?;
        }
        let signed = ["-CA", "authority.pem", "-CAkey", "authority.key", "-subj", "/CN=server"];
        let leaf = ["-addext", NAMES, "-addext", "basicConstraints=critical,CA:FALSE"];
        openssl(folder.folder(), &[signed.as_slice(), &leaf].concat(), "server")?;
        std::fs::write(path("password"), "secret")?;
        let owner = Owner::of_server(folder.folder())?;
        let mut initdb = owner.command("initdb")?;
        initdb.args(["--username=me", "--pwfile", "password", "--auth-host=scram-sha-256", "--no-sync"]);
        let output =
            initdb.args(["--auth-local=trust", "-D", "data"]).current_dir(folder.folder()).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        std::fs::write(path("data/pg_hba.conf"), "hostssl all all 127.0.0.1/32 scram-sha-256\n")?;
        let mut server = owner.command("postgres")?;
        server.args(["-D", "data", "-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        server.args(["-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "ssl=on"]);
        server.arg("-c").arg(format!("ssl_cert_file={}", path("server.pem").display()));
        server.arg("-c").arg(format!("ssl_key_file={}", path("server.key").display()));
        let process =
            server.current_dir(folder.folder()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let mut server = Self { process, folder, port };
        let patience = Instant::now() + Duration::from_secs(30);
        while let Err(error) = server.connect("sslmode=require") {
            if server.process.try_wait()?.is_some() || Instant::now() > patience {
                return Err(format!("the server does not answer: {error:?}").into());
            }
            std::thread::park_timeout(Duration::from_millis(10));
        }
        Ok(server)
    }

    fn url_of(&self, host: &str, settings: &str) -> String {
        format!("postgresql://me:secret@{host}:{}/postgres?{settings}", self.port)
    }

    fn url(&self, settings: &str) -> String {
        self.url_of("localhost", &format!("hostaddr=127.0.0.1&{settings}"))
    }

    fn connect(&self, settings: &str) -> std::result::Result<Client, Error> {
        Database::parse(&self.url(settings))?.connect()
    }

    fn certificate(&self, name: &str) -> String {
        self.folder.folder().join(format!("{name}.pem")).display().to_string()
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Creates a key and a certificate with `openssl`.
fn openssl(folder: &Path, arguments: &[&str], name: &str) -> Result<()> {
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
    command.args(arguments).args(["-days", "2", "-keyout"]).arg(format!("{name}.key"));
    let output = command.arg("-out").arg(format!("{name}.pem")).current_dir(folder).output();
    let output = output.map_err(|error| format!("`openssl` cannot be run: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into()) }
}

/// The user who runs the server, because PostgreSQL refuses to run as root.
struct Owner {
    ids: Option<(u32, u32)>,
}

impl Owner {
    /// Makes the user the owner of the folder.
    fn of_server(folder: &Path) -> Result<Self> {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
        if std::fs::metadata(folder)?.uid() != 0 {
            return Ok(Self { ids: None });
        }
        let users = std::fs::read_to_string("/etc/passwd")?;
        let line = users.lines().find(|line| line.starts_with("postgres:")).ok_or("no user `postgres`")?;
        let mut numbers = line.split(':').skip(2).map(str::parse::<u32>);
        let (user, group) =
            numbers.next().zip(numbers.next()).ok_or("a user without numbers in /etc/passwd")?;
        let ids = (user?, group?);
        for entry in std::fs::read_dir(folder)? {
            chown(entry?.path(), Some(ids.0), Some(ids.1))?;
        }
        chown(folder, Some(ids.0), Some(ids.1))?;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))?;
        Ok(Self { ids: Some(ids) })
    }

    fn command(&self, program: &str) -> Result<Command> {
        use std::os::unix::process::CommandExt as _;
        let installed = std::fs::read_dir("/usr/lib/postgresql")?.flatten();
        let mut found: Vec<PathBuf> = installed.map(|entry| entry.path().join("bin").join(program)).collect();
        found.sort();
        let mut command = Command::new(found.pop().ok_or("PostgreSQL is not installed")?);
        if let Some((user, group)) = self.ids {
            command.uid(user).gid(group);
        }
        Ok(command)
    }
}

fn is_encrypted(client: &mut Client) -> Result<bool> {
    let asked = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    Ok(client.query_one(asked, &[])?.get(0))
}

#[test]
fn a_server_is_verified_as_the_url_asks() -> TestResult {
    let server = Secure::start()?;
    let trusted = |mode: &str| format!("sslmode={mode}&sslrootcert={}", server.certificate("authority"));
    let other = format!("sslrootcert={}", server.certificate("other"));
    for settings in ["", "sslmode=prefer", "sslmode=require", &trusted("verify-ca"), &trusted("verify-full")]
    {
        assert!(is_encrypted(&mut server.connect(settings)?)?, "{settings}");
    }
    for (settings, words) in [
        ("sslmode=disable".to_owned(), "no encryption"),
        ("sslmode=verify-full".to_owned(), "UnknownIssuer"),
        (format!("sslmode=verify-ca&{other}"), "UnknownIssuer"),
        // A file of authorities is enough to verify with it, as with libpq.
        (format!("sslmode=require&{other}"), "UnknownIssuer"),
        ("sslmode=verify-full&sslrootcert=/nowhere.pem".to_owned(), "cannot read the certificates"),
    ] {
        let Err(error) = server.connect(&settings) else {
            return Err(format!("connected: {settings}").into());
        };
        assert!(format!("{error:?}").contains(words), "{settings}: {error:?}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
    // The certificate is for `localhost`.
    let by_address = |mode: &str| Database::parse(&server.url_of("127.0.0.1", &trusted(mode)));
    assert!(is_encrypted(&mut by_address("verify-ca")?.connect()?)?);
    let Err(error) = by_address("verify-full")?.connect() else { return Err("connected".into()) };
    assert!(format!("{error:?}").contains("not valid for name"), "{error:?}");
    Ok(())
}

#[test]
fn a_run_with_tls_is_applied_and_can_be_interrupted() -> TestResult {
    let server = Secure::start()?;
    let url = server.url(&format!("sslmode=verify-full&sslrootcert={}", server.certificate("authority")));
    let place = Place::with_tables(1)?;
    place.run(&["upgrade", "head", "--no-proof", "-d", &url])?.expect(0)?;
    place.scratch.write("slow", "t1", "SELECT pg_sleep(600);", "-- nothing to do: it only waits")?;
    let chain = place.chain()?;
    let (interrupt, database) = (Interrupt::new(), Database::parse(&url)?);
    let flag = interrupt.clone();
    let migrator = migrator(&chain).database(&database).interrupt(interrupt).on_progress(move |progress| {
        if progress.step.is_some() {
            flag.trigger();
        }
    });
    let error = failure(migrator.upgrade(&mut database.connect()?, "head"))?;
    assert_eq!(error.exit_code(), 130, "{error}");
    Ok(())
}

/// `prefer` accepts a connection without TLS, so a failed handshake is not an error.
#[test]
fn a_failed_handshake_is_followed_by_a_connection_without_tls() -> TestResult {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("postgresql://me@127.0.0.1:{}/db", listener.local_addr()?.port());
    let connecting =
        std::thread::spawn(move || Database::parse(&url).map(|database| database.connect().is_ok()));
    let head = |mut stream: &TcpStream| -> Result<[u8; 8]> {
        let mut head = [0; 8];
        stream.read_exact(&mut head)?;
        Ok(head)
    };
    let (first, _) = listener.accept()?;
    // The request for TLS.
    assert_eq!(head(&first)?, [0, 0, 0, 8, 4, 210, 22, 47]);
    (&first).write_all(b"Sno TLS at all, in spite of the promise")?;
    let (second, _) = listener.accept()?;
    // Version 3.0 of the protocol, without a request for TLS.
    assert_eq!(head(&second)?[4..], [0, 3, 0, 0]);
    drop((first, second));
    assert!(!connecting.join().map_err(|_| "the thread panicked")??);
    Ok(())
}
