//! Every operation of the served description, sent with no credential, that of the owner, and that
//! of another user.
//!
//! The operations come from the description, so a new one fails here until [`operation`] says who
//! may call it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::Outcome;
use crate::client::{Reply, hash, png};
use crate::process::{Home, Server};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The header that authenticates a user.
type Credential = (&'static str, String);

/// The users who may call an operation.
#[derive(Debug, Clone, PartialEq)]
enum Access {
    /// Everyone, with the same status.
    Public(u16),
    /// A user with an account. Other users get a response about what is their own.
    Account(u16),
    /// The user who owns what the address names. Other users get 404.
    Owner,
    /// The owner of the server.
    OwnerOfTheServer,
}

/// A request, and who may send it.
#[derive(Debug)]
struct Operation {
    access: Access,
    body: Vec<u8>,
    content_type: &'static str,
}

/// The data of the tests when an operation is called.
#[derive(Debug)]
struct World {
    photo: String,
    name: String,
    bytes: Vec<u8>,
    trashed: String,
    album: String,
    share: i64,
    share_token: String,
    token: i64,
    secret: Credential,
    other: Credential,
}

const FORM: &str = "multipart/form-data; boundary=edge";
const JSON: &str = "application/json";
const LOGIN: &str = "application/x-www-form-urlencoded";

/// Addresses that are not described, because they are no part of the API: health checks and the
/// page, which contains no data.
const UNDESCRIBED: [&str; 12] = [
    "/",
    "/livez",
    "/readyz",
    "/favorites",
    "/search",
    "/albums",
    "/albums/mine",
    "/trash",
    "/account",
    "/admin/migrations",
    "/s/guess",
    "/page/any/main.js",
];

/// Returns who may call an operation of the description, and a valid body. Returns `None` for an
/// operation that is not listed here.
#[expect(clippy::match_same_arms, reason = "the operations are grouped by resource")]
fn operation(method: &str, path: &str, world: &World) -> Option<Operation> {
    use Access::{Account, Owner, OwnerOfTheServer, Public};

    let World { photo, album, bytes, .. } = world;
    let none = |access| Some(Operation { access, body: Vec::new(), content_type: JSON });
    let with =
        |access, body: Value| Some(Operation { access, body: body.to_string().into(), content_type: JSON });
    let new_user = json!({ "username": "mallory", "email": "m@localhost", "password": "open sesame" });
    match (method, path) {
        ("GET" | "HEAD", "/api/openapi.json" | "/api/auth/state") => none(Public(200)),
        ("POST", "/api/auth/register") => with(Public(403), new_user),
        ("POST", "/api/auth/login" | "/api/auth/session") => {
            // Without a password, it is no attempt to log in, whose number is limited.
            Some(Operation { access: Public(422), body: b"username=tester".to_vec(), content_type: LOGIN })
        }
        (
            "GET" | "HEAD",
            "/api/shared/{token}"
            | "/api/shared/{token}/zip"
            | "/api/shared/{token}/photos/{key}/original"
            | "/api/shared/{token}/photos/{key}/thumbnail/{size}",
        ) => none(Public(200)),
        ("POST", "/api/auth/logout") => none(Account(200)),
        ("GET" | "HEAD", "/api/auth/me" | "/api/auth/tokens") => none(Account(200)),
        ("POST", "/api/auth/tokens") => with(Account(201), json!({ "name": "program" })),
        ("DELETE", "/api/auth/tokens/{key}") => none(Owner),
        (
            "GET" | "HEAD",
            "/api/photos"
            | "/api/photos/"
            | "/api/library/photos"
            | "/api/library/months"
            | "/api/library/cameras"
            | "/api/library/status"
            | "/api/albums"
            | "/api/albums/",
        ) => none(Account(200)),
        ("POST", "/api/photos/upload") => {
            let body = [
                b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"form.png\"\r\n\r\n",
                bytes.as_slice(),
                b"\r\n--edge--\r\n",
            ];
            Some(Operation { access: Account(201), body: body.concat(), content_type: FORM })
        }
        // Another user may have a photo with the same name and content.
        ("PUT", "/api/photos/{key}") => {
            Some(Operation { access: Account(201), body: bytes.clone(), content_type: "image/png" })
        }
        ("POST", "/api/photos/bulk") => {
            with(Account(200), json!({ "uuids": [photo, world.trashed], "action": "favorite" }))
        }
        ("POST", "/api/photos/zip") => with(Account(200), json!({ "uuids": [photo, world.trashed] })),
        (
            "GET" | "HEAD",
            "/api/photos/{key}"
            | "/api/photos/{key}/"
            | "/api/photos/{key}/original"
            | "/api/photos/{key}/thumbnail/{size}",
        )
        | ("DELETE", "/api/photos/{key}" | "/api/photos/{key}/" | "/api/trash/{key}")
        | ("POST", "/api/photos/{key}/restore") => none(Owner),
        ("PATCH", "/api/photos/{key}/") => with(Owner, json!({ "title": "changed", "favorite": true })),
        ("DELETE", "/api/trash") => none(Account(200)),
        ("POST", "/api/albums" | "/api/albums/") => {
            with(Account(201), json!({ "title": "mine", "photos": [photo, world.trashed] }))
        }
        (
            "GET" | "HEAD",
            "/api/albums/{key}" | "/api/albums/{key}/" | "/api/albums/{key}/zip" | "/api/albums/{key}/shares",
        )
        | ("DELETE", "/api/albums/{key}" | "/api/albums/{key}/" | "/api/shares/{key}") => none(Owner),
        ("PUT" | "PATCH", "/api/albums/{key}" | "/api/albums/{key}/") => {
            with(Owner, json!({ "title": "changed", "photos": [], "uuid": album }))
        }
        ("POST", "/api/albums/{key}/shares") => with(Owner, json!({ "days": 1 })),
        ("GET" | "HEAD", "/api/admin/migrations") => none(OwnerOfTheServer),
        _ => None,
    }
}

impl World {
    /// Creates photos, an album with a link, and credentials.
    fn new(server: &Server, tester: &Credential, other: &Credential, seed: u8) -> Result<Self> {
        let mine = |method: &str, path: &str, body: &[u8]| send(server, method, path, Some(tester), body);
        let uploaded = |name: &str, bytes: &[u8]| -> Result<String> {
            let put = mine("PUT", &format!("/api/photos/{name}"), bytes)?;
            assert_eq!(put.status, 201);
            put.text("uuid")
        };
        let (name, bytes) = (format!("sea {seed}.png").replace(' ', "%20"), png(seed)?);
        let photo = uploaded(&name, &bytes)?;
        let trashed = uploaded("gone.png", &png(seed + 1)?)?;
        assert_eq!(mine("DELETE", &format!("/api/photos/{trashed}/"), b"")?.status, 200);
        let album = json!({ "title": "Sea of the tester", "photos": [photo] }).to_string();
        let album = mine("POST", "/api/albums/", album.as_bytes())?.text("uuid")?;
        let share = mine("POST", &format!("/api/albums/{album}/shares"), b"{}")?;
        let link = share.text("url")?;
        let secret = new_token(server, tester)?;
        let token = mine("GET", "/api/auth/tokens", b"")?.json()?;
        let other = new_token(server, other)?;
        Ok(Self {
            share: share.json()?.get("id").and_then(Value::as_i64).ok_or("no id")?,
            share_token: link.strip_prefix("/s/").ok_or("no token")?.to_owned(),
            token: token.pointer("/0/id").and_then(Value::as_i64).ok_or("no token")?,
            other,
            photo,
            name,
            bytes,
            trashed,
            album,
            secret,
        })
    }

    /// Replaces the parameters of a path with what the tester has.
    fn address(&self, method: &str, path: &str) -> String {
        let key = match path.split('/').nth(2).unwrap_or_default() {
            "albums" => self.album.clone(),
            "shares" => self.share.to_string(),
            "auth" => self.token.to_string(),
            "trash" => self.trashed.clone(),
            _ if path.ends_with("/restore") => self.trashed.clone(),
            _ if method == "PUT" => "new.png".to_owned(),
            _ => self.photo.clone(),
        };
        path.replace("{key}", &key).replace("{size}", "small").replace("{token}", &self.share_token)
    }

    /// Returns texts that no other user may see.
    fn secrets(&self) -> [&str; 5] {
        [&self.photo, &self.trashed, &self.album, &self.share_token, "Sea of the tester"]
    }

    /// Returns `true` if a response contains anything of the tester.
    fn is_in(&self, reply: &Reply) -> bool {
        let has = |part: &[u8]| reply.body.windows(part.len()).any(|window| window == part);
        self.secrets().iter().any(|secret| has(secret.as_bytes())) || has(&self.bytes)
    }

    /// Reads everything that the tester has, and the stored files.
    fn state(&self, home: &Home, server: &Server, tester: &Credential) -> Result<State> {
        server.wait_for_jobs()?;
        let mut state = State::default();
        for path in [
            "/api/photos/?limit=1000".to_owned(),
            "/api/library/photos?limit=1000".to_owned(),
            "/api/library/photos?limit=1000&trash=true".to_owned(),
            "/api/library/status".to_owned(),
            "/api/albums/".to_owned(),
            "/api/auth/me".to_owned(),
            "/api/auth/tokens".to_owned(),
            format!("/api/albums/{}/shares", self.album),
            format!("/api/library/photos?album={}", self.album),
            format!("/api/photos/{}/original", self.photo),
            format!("/api/photos/{}/original", self.trashed),
            format!("/api/shared/{}", self.share_token),
        ] {
            let reply = send(server, "GET", &path, Some(tester), b"")?;
            assert_eq!(reply.status, 200, "{path}");
            state.replies.insert(path, without_last_use(reply.json().ok(), reply.body)?);
        }
        for path in home.contents()? {
            state.files.insert(path.clone(), std::fs::read(path)?);
        }
        Ok(state)
    }
}

/// Everything that the tester has.
#[derive(Debug, Default, PartialEq)]
struct State {
    replies: BTreeMap<String, Vec<u8>>,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

/// Removes the time of the last use of each token, which is noted in the background.
fn without_last_use(json: Option<Value>, body: Vec<u8>) -> Result<Vec<u8>> {
    let Some(Value::Array(mut items)) = json else { return Ok(body) };
    for item in items.iter_mut().filter_map(Value::as_object_mut) {
        item.remove("last_used_at");
    }
    Ok(serde_json::to_vec(&items)?)
}

impl State {
    /// Describes the first difference from an earlier state.
    fn change_since(&self, before: &Self) -> Option<String> {
        let changed = self.replies.iter().find(|(path, reply)| before.replies.get(*path) != Some(reply));
        let shown =
            |reply: Option<&Vec<u8>>| String::from_utf8_lossy(reply.map_or(b"", Vec::as_slice)).into_owned();
        match changed {
            Some((path, now)) => {
                Some(format!("{path}: {} became {}", shown(before.replies.get(path)), shown(Some(now))))
            }
            None => (self.files != before.files).then(|| "the files differ".to_owned()),
        }
    }
}

fn send(
    server: &Server,
    method: &str,
    path: &str,
    credential: Option<&Credential>,
    body: &[u8],
) -> Result<Reply> {
    let headers: Vec<(&str, &str)> =
        credential.map(|(name, value)| (*name, value.as_str())).into_iter().collect();
    server.connect()?.ask_exactly(method, path, &headers, body)
}

/// Creates a token of the user with this credential.
fn new_token(server: &Server, of: &Credential) -> Result<Credential> {
    let created = send(server, "POST", "/api/auth/tokens", Some(of), br#"{"name": "one of many"}"#)?;
    Ok(("Authorization", format!("Bearer {}", created.text("access_token")?)))
}

/// Makes the tester the owner of the server, and adds another user with a valid and an expired token.
fn users(home: &Home) -> Result<[Credential; 3]> {
    home.change(&format!(
        "UPDATE users SET is_superuser = TRUE WHERE username = 'tester';
         INSERT INTO users (id, username, email, hashed_password) VALUES (7, 'grace', 'grace@localhost', '!');
         INSERT INTO tokens (user_id, kind, name, hash, created_at, expires_at, last_used_at) VALUES
             (7, 'token', 'tests', '{}', '2026-01-01', '9999-01-01', '2999-01-01 00:00:00'),
             (7, 'token', 'old', '{}', '2026-01-01', '2026-01-02', '2999-01-01 00:00:00')",
        hash(b"secret of grace"),
        hash(b"old secret of grace"),
    ))?;
    Ok([crate::client::SECRET, "secret of grace", "old secret of grace"]
        .map(|secret| ("Authorization", format!("Bearer {secret}"))))
}

/// Returns every method and path of the description, and `HEAD` for each `GET`. The last value is
/// `true` if the description says that no account is needed.
fn operations(server: &Server) -> Result<Vec<(String, String, bool)>> {
    let document = server.ask("GET", "/api/openapi.json")?.json()?;
    let paths = document.get("paths").and_then(Value::as_object).ok_or("no paths")?;
    let mut found = Vec::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let is_public = operation.get("security").is_some();
            found.push((method.to_uppercase(), path.clone(), is_public));
            if method == "get" {
                found.push(("HEAD".to_owned(), path.clone(), is_public));
            }
        }
    }
    Ok(found)
}

#[test]
fn every_operation_needs_an_account_and_hides_what_belongs_to_others() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let [tester, grace, expired] = users(&home)?;
    let strangers = [
        None,
        Some(expired),
        Some(("Authorization", "Bearer nothing".to_owned())),
        Some(("Authorization", "Basic eDp5".to_owned())),
        Some(("Cookie", "session=nothing".to_owned())),
    ];
    let mut world = World::new(&server, &tester, &grace, 0)?;
    for (number, (method, path, is_public)) in operations(&server)?.into_iter().enumerate() {
        let seed = u8::try_from(2 * number + 2)?;
        let at = format!("{method} {path}");
        let Operation { access, body, content_type } =
            operation(&method, &path, &world).ok_or_else(|| format!("{at} is not in the table"))?;
        assert_eq!(matches!(access, Access::Public(_)), is_public, "{at}: its description differs");
        let address = world.address(&method, &path);
        let ask = |credential: Option<&Credential>| -> Result<Reply> {
            let mut headers = vec![("Content-Type", content_type)];
            headers.extend(credential.map(|(name, value)| (*name, value.as_str())));
            server.connect()?.ask_exactly(&method, &address, &headers, &body)
        };
        let before = world.state(&home, &server, &tester)?;
        for stranger in &strangers {
            let reply = ask(stranger.as_ref())?;
            if let Access::Public(status) = access {
                assert_eq!(reply.status, status, "{at}, {stranger:?}");
            } else {
                assert_eq!(reply.status, 401, "{at}, {stranger:?}");
                assert_eq!(reply.header("www-authenticate"), Some("Bearer"), "{at}, {stranger:?}");
                assert!(!world.is_in(&reply), "{at}, {stranger:?}");
            }
        }
        let others = ask(Some(&world.other))?;
        let (expected, own) = match access {
            Access::Public(status) | Access::Account(status) => (status, status),
            Access::Owner => (404, 200),
            Access::OwnerOfTheServer => (403, 200),
        };
        let shown = || String::from_utf8_lossy(&others.body).into_owned();
        assert_eq!(others.status, expected, "{at}, another user: {}", shown());
        if !matches!(access, Access::Public(_)) {
            assert!(!world.is_in(&others), "{at}, another user: {}", shown());
        }
        assert_eq!(world.state(&home, &server, &tester)?.change_since(&before), None, "{at}, another user");
        let owners = ask(Some(&world.secret))?;
        // A new link is created.
        let own = if at == "POST /api/albums/{key}/shares" { 201 } else { own };
        assert_eq!(owners.status, own, "{at}, the owner: {}", String::from_utf8_lossy(&owners.body));
        if method != "GET" && method != "HEAD" {
            world = World::new(&server, &tester, &grace, seed)?;
        }
    }
    Ok(())
}

#[test]
fn photos_and_albums_of_others_cannot_be_reached_through_a_body() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let [tester, grace, _] = users(&home)?;
    let world = World::new(&server, &tester, &grace, 0)?;
    let World { photo, trashed, album, .. } = &world;
    let ask = |method: &str, path: &str, body: &Value| {
        send(&server, method, path, Some(&world.other), body.to_string().as_bytes())
    };
    let before = world.state(&home, &server, &tester)?;
    for action in ["favorite", "unfavorite", "trash", "restore", "purge"] {
        let bulk = json!({ "uuids": [photo, trashed], "action": action });
        assert_eq!(ask("POST", "/api/photos/bulk", &bulk)?.json()?, json!({ "changed": 0 }), "{action}");
    }
    for action in ["add_to_album", "remove_from_album"] {
        let bulk = json!({ "uuids": [photo], "action": action, "album": album });
        assert_eq!(ask("POST", "/api/photos/bulk", &bulk)?.status, 404, "{action}");
    }
    // The id of an album is taken, whoever has it.
    let taken = json!({ "title": "hers", "uuid": album });
    assert_eq!(ask("POST", "/api/albums/", &taken)?.status, 400);
    let hers = json!({ "title": "hers", "uuid": "hers", "photos": [photo, trashed] });
    assert_eq!(ask("POST", "/api/albums/", &hers)?.json()?.get("count"), Some(&0.into()));
    let covered = ask("PATCH", "/api/albums/hers", &json!({ "cover": photo, "photos": [photo] }))?;
    assert!(covered.status == 200 && !world.is_in(&covered), "{}", covered.json()?);
    let bulk = json!({ "uuids": [photo], "action": "add_to_album", "album": "hers" });
    assert_eq!(ask("POST", "/api/photos/bulk", &bulk)?.json()?, json!({ "changed": 0 }));
    for path in ["/api/albums/hers", "/api/albums/hers/zip", "/api/library/photos?album=hers"] {
        let reply = ask("GET", path, &Value::Null)?;
        assert!(reply.status == 200 && !world.is_in(&reply), "{path}");
    }
    let filtered = ask("GET", &format!("/api/library/photos?album={album}"), &Value::Null)?;
    assert_eq!(filtered.json()?.get("photos"), Some(&json!([])));
    let link =
        ask("POST", "/api/albums/hers/shares", &json!({}))?.text("url")?.replace("/s/", "/api/shared/");
    for photo in [photo, trashed] {
        for file in ["original", "thumbnail/small"] {
            let path = format!("{link}/photos/{photo}/{file}");
            assert_eq!(send(&server, "GET", &path, None, b"")?.status, 404, "{path}");
        }
    }
    assert_eq!(world.state(&home, &server, &tester)?.change_since(&before), None);
    Ok(())
}

#[test]
fn addresses_outside_the_description_show_nothing() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let [tester, grace, _] = users(&home)?;
    let world = World::new(&server, &tester, &grace, 0)?;
    let World { photo, name, trashed, share_token, .. } = &world;
    let file = server.ask("GET", &format!("/api/photos/{photo}/"))?.text("file_path")?;
    let stored = file.trim_start_matches("uploads/").to_owned();
    let before = world.state(&home, &server, &tester)?;
    // With no credential, and as another user.
    for (method, path, alone, other) in [
        // The former API (`docs/photosafe-api.md`).
        ("GET", format!("/api/photos/{name}"), 401, 404),
        ("DELETE", format!("/api/photos/{name}"), 401, 404),
        ("POST", "/api/photos/".to_owned(), 401, 405),
        ("PUT", format!("/api/photos/{photo}/"), 401, 405),
        ("GET", format!("/{file}"), 404, 404),
        ("GET", format!("/uploads/{name}"), 404, 404),
        ("GET", format!("/api/photos/..%2F{}", file.replace('/', "%2F")), 401, 400),
        ("GET", format!("/api/photos/{}", stored.replace('/', "%2F")), 401, 400),
        ("GET", format!("/api/photos/{trashed}/original"), 401, 404),
        ("GET", format!("/api/photos/{photo}/thumbnail/large"), 401, 404),
        // A link shows only the photos of its album, and a guessed one nothing.
        ("GET", format!("/api/shared/{share_token}/photos/{trashed}/original"), 404, 404),
        ("GET", "/api/shared/guess".to_owned(), 404, 404),
        ("GET", format!("/api/shared/guess/photos/{photo}/original"), 404, 404),
        ("GET", "/metrics".to_owned(), 404, 404),
        ("GET", "/photosafe.db".to_owned(), 404, 404),
    ] {
        for (credential, status) in [(None, alone), (Some(&world.other), other)] {
            let reply = send(&server, method, &path, credential, b"")?;
            assert_eq!(reply.status, status, "{method} {path}, {credential:?}");
            assert!(!world.is_in(&reply), "{method} {path}, {credential:?}");
        }
    }
    for path in UNDESCRIBED {
        let reply = send(&server, "GET", path, None, b"")?;
        assert!([200, 404].contains(&reply.status) && !world.is_in(&reply), "{path}: {}", reply.status);
    }
    assert_eq!(world.state(&home, &server, &tester)?.change_since(&before), None);
    Ok(())
}
