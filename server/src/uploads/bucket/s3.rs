//! Speaks to the S3 service.
//!
//! All functions block, except those that send an original to a client. Every request has a time
//! limit, so a service that hangs cannot hold a lock for long.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::{StreamExt, TryFutureExt, TryStreamExt};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::client::{HttpError, HttpErrorKind};
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientOptions, GetOptions, GetRange, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMode, PutOptions, PutPayload, RetryConfig, UpdateVersion,
};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::{BucketError, Location, Object};

/// The time limit of a request without content.
const SHORT: Duration = Duration::from_secs(5);

/// The time limit of each part of a file.
const LONG: Duration = Duration::from_secs(60);

/// The time to wait for the next bytes of a response.
const READING: Duration = Duration::from_secs(15);

/// The time after which a failed request is not repeated any more.
const RETRYING: Duration = Duration::from_secs(3);

/// The size of a part. The smallest that S3 accepts is 5 MiB
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>).
const PART: u64 = 8 << 20;

/// The maximum length of an id.
const LONGEST_ID: u64 = 64;

/// A bucket, and the runtime that sends its requests.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    location: Location,
    prefix: Path,
    store: Arc<dyn ObjectStore>,
    runtime: Handle,
}

impl Bucket {
    /// Prepares requests to a bucket. `variables` are those that AWS's own programs read, such as
    /// `AWS_ENDPOINT_URL`; others are ignored. Sends nothing.
    pub(crate) fn connect(
        location: Location,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, BucketError> {
        let mut builder = AmazonS3Builder::new();
        for (name, value) in variables {
            if name.starts_with("AWS_")
                && let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>()
            {
                builder = builder.with_config(key, value);
            }
        }
        let allows_http =
            builder.get_config_value(&AmazonS3ConfigKey::Client(object_store::ClientConfigKey::AllowHttp));
        let options = ClientOptions::new()
            .with_allow_http(allows_http.as_deref() == Some("true"))
            .with_connect_timeout(RETRYING)
            .with_read_timeout(READING)
            // The whole of a large file may take longer. Each request has its own limit below.
            .with_timeout_disabled();
        let retry =
            RetryConfig { backoff: BackoffConfig::default(), max_retries: 2, retry_timeout: RETRYING };
        // A second call has no effect, and keeps the first provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store = builder
            .with_bucket_name(&location.bucket)
            // Some services cannot delete several objects at once, and the server never does.
            .with_disable_bulk_delete(true)
            .with_client_options(options)
            .with_retry(retry)
            .build()
            .map_err(|_| BucketError::Settings("check the environment variables that begin with `AWS_`"))?;
        let runtime = Handle::try_current().map_err(|_| BucketError::Other)?;
        Ok(Self { prefix: Path::from(location.prefix.as_str()), location, store: Arc::new(store), runtime })
    }

    /// Returns the location.
    pub(crate) fn location(&self) -> &Location {
        &self.location
    }

    /// Returns the key under which [`Self::list`] lists an object. Special characters are escaped.
    pub(crate) fn listed_as(key: &str) -> String {
        key.split('/').collect::<Path>().to_string()
    }

    /// Finds an object. Returns `None` if it is missing.
    pub(crate) fn find(&self, key: &str) -> Result<Option<Object>, BucketError> {
        self.runtime.block_on(self.find_async(key))
    }

    /// Finds several objects at once.
    pub(crate) fn find_all(&self, keys: &[String]) -> Vec<Result<Option<Object>, BucketError>> {
        self.runtime.block_on(join_all(keys.iter().map(|key| self.find_async(key))))
    }

    /// Finds an object, without blocking.
    pub(crate) async fn find_async(&self, key: &str) -> Result<Option<Object>, BucketError> {
        let path = self.path(key);
        unless_missing(within(SHORT, self.store.head(&path)).await).map(|found| found.map(Object::from))
    }

    /// Lists the objects below a folder, which may be empty, with their whole keys after the prefix.
    pub(crate) fn list(&self, folder: &str) -> Result<Vec<(String, Object)>, BucketError> {
        let mut found = Vec::new();
        self.for_each(folder, |key, object| {
            found.push((key, object));
            true
        })?;
        Ok(found)
    }

    /// Returns `true` if there is an object with such a key.
    pub(crate) fn holds(&self, is_such: impl Fn(&str) -> bool) -> Result<bool, BucketError> {
        let mut is_there = false;
        self.for_each("", |key, _| {
            is_there = is_such(&key);
            !is_there
        })?;
        Ok(is_there)
    }

    /// Calls a function with each object, until it returns `false`.
    fn for_each(
        &self,
        folder: &str,
        mut each: impl FnMut(String, Object) -> bool,
    ) -> Result<(), BucketError> {
        let start = if folder.is_empty() { self.prefix.clone() } else { self.path(folder) };
        let mut objects = self.store.list((!start.as_ref().is_empty()).then_some(&start));
        self.runtime.block_on(async {
            while let Some(found) = timeout(LONG, objects.next()).await.map_err(|_| BucketError::Timeout)? {
                let found = found.map_err(reason)?;
                let Some(parts) = found.location.prefix_match(&self.prefix) else { continue };
                let key = parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/");
                if !each(key, Object::from(found)) {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Writes the content of an object to a file. Returns `None` if the object is missing.
    pub(crate) fn fetch(&self, key: &str, into: &mut File) -> Result<Option<Object>, BucketError> {
        let path = self.path(key);
        self.runtime.block_on(async {
            let Some(found) = unless_missing(within(SHORT, self.store.get(&path)).await)? else {
                return Ok(None);
            };
            let object = Object::from(found.meta.clone());
            let mut pieces = found.into_stream();
            while let Some(piece) = within(LONG, pieces.try_next()).await? {
                into.write_all(&piece).map_err(|error| BucketError::File(error.kind()))?;
            }
            Ok(Some(object))
        })
    }

    /// Returns a part of an object as a response body. The bytes are requested when the first of
    /// them is sent. The body fails if the object was replaced since it was found.
    pub(crate) fn body(
        &self,
        key: &str,
        object: &Object,
        part: Range<u64>,
    ) -> UnsyncBoxBody<Bytes, io::Error> {
        let options = GetOptions {
            range: Some(GetRange::Bounded(part)),
            if_match: object.etag.clone(),
            ..GetOptions::default()
        };
        let (path, store) = (self.path(key), Arc::clone(&self.store));
        let pieces = async move {
            let found = within(SHORT, store.get_opts(&path, options)).await?;
            Ok::<_, BucketError>(found.into_stream().map_err(reason))
        };
        let frames = pieces.try_flatten_stream().map_ok(Frame::data).map_err(io::Error::other);
        StreamBody::new(frames).boxed_unsync()
    }

    /// Stores a file. The object appears only when it is complete, and replaces an older one.
    pub(crate) fn send(&self, key: &str, file: &File, size: u64) -> Result<(), BucketError> {
        let path = self.path(key);
        self.runtime.block_on(async {
            if size <= PART {
                within(LONG, self.store.put(&path, read_part(file, 0, size)?)).await?;
                return Ok(());
            }
            let mut upload = within(SHORT, self.store.put_multipart(&path)).await?;
            let sent = send_parts(upload.as_mut(), file, size).await;
            if sent.is_err() {
                // The service keeps parts until they are aborted. It can be configured to delete old ones.
                let _ = within(SHORT, upload.abort()).await;
            }
            sent
        })
    }

    /// Removes an object, which may already be missing.
    pub(crate) fn remove(&self, key: &str) -> Result<(), BucketError> {
        let path = self.path(key);
        unless_missing(self.runtime.block_on(within(SHORT, self.store.delete(&path)))).map(|_| ())
    }

    /// Moves an object. It is removed only after the service reported the size of the copy, because
    /// a service can report a failed copy as a success
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>). Does nothing if the
    /// object is missing.
    pub(crate) fn relocate(&self, from: &str, to: &str) -> Result<(), BucketError> {
        let Some(object) = self.find(from)? else { return Ok(()) };
        let (source, target) = (self.path(from), self.path(to));
        self.runtime.block_on(within(LONG, self.store.copy(&source, &target)))?;
        match self.find(to)? {
            Some(copy) if copy.size == object.size => self.remove(from),
            _ => Err(BucketError::Incomplete { key: from.to_owned() }),
        }
    }

    /// Returns the text of a small object, or `None` if it is missing or empty.
    pub(crate) fn id(&self, key: &str) -> Result<Option<String>, BucketError> {
        let path = self.path(key);
        // A range of an empty object cannot be satisfied.
        let Some(object) = self.find(key)?.filter(|object| object.size > 0) else { return Ok(None) };
        let range = 0..object.size.min(LONGEST_ID);
        let bytes = unless_missing(self.runtime.block_on(within(SHORT, self.store.get_range(&path, range))))?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned()))
    }

    /// Writes the text of a small object in place of `old`, and of no other.
    pub(crate) fn set_id(&self, key: &str, id: &str, old: Option<&str>) -> Result<(), BucketError> {
        let found = self.find(key)?;
        if self.id(key)?.as_deref() != old {
            return Err(BucketError::Taken);
        }
        let mode = match found {
            None => PutMode::Create,
            Some(object) => PutMode::Update(UpdateVersion { e_tag: object.etag, version: None }),
        };
        let (path, payload) = (self.path(key), PutPayload::from(format!("{id}\n")));
        let put = |mode: PutMode| {
            let options = PutOptions::from(mode);
            self.runtime.block_on(async {
                timeout(SHORT, self.store.put_opts(&path, payload.clone(), options))
                    .await
                    .map_err(|_| BucketError::Timeout)
            })
        };
        let written = match put(mode)? {
            Err(error) if reason_of(&error).is(NOT_IMPLEMENTED) => put(PutMode::Overwrite)?,
            written => written,
        };
        match written {
            // Also if an attempt before this one succeeded. A service may ignore the condition.
            Ok(_)
            | Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {}
            Err(error) => return Err(reason(error)),
        }
        if self.id(key)?.as_deref() == Some(id) { Ok(()) } else { Err(BucketError::Taken) }
    }

    fn path(&self, key: &str) -> Path {
        key.split('/').fold(self.prefix.clone(), Path::join)
    }
}

impl From<ObjectMeta> for Object {
    fn from(found: ObjectMeta) -> Self {
        Self { size: found.size, modified: Some(found.last_modified.into()), etag: found.e_tag }
    }
}

/// Sends a large file part by part.
async fn send_parts(upload: &mut dyn MultipartUpload, file: &File, size: u64) -> Result<(), BucketError> {
    let mut first = 0;
    while first < size {
        let length = PART.min(size - first);
        within(LONG, upload.put_part(read_part(file, first, length)?)).await?;
        first += length;
    }
    within(LONG, upload.complete()).await.map(|_| ())
}

/// Reads a part of a file. Reading it on this thread is no loss, because it was just written.
fn read_part(mut file: &File, first: u64, length: u64) -> Result<PutPayload, BucketError> {
    let failed = |error: io::Error| BucketError::File(error.kind());
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.seek(io::SeekFrom::Start(first)).map_err(failed)?;
    file.take(length).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 == length {
        Ok(bytes.into())
    } else {
        Err(BucketError::File(io::ErrorKind::UnexpectedEof))
    }
}

/// Waits for a request for a limited time.
async fn within<T>(
    limit: Duration,
    request: impl Future<Output = object_store::Result<T>>,
) -> Result<T, BucketError> {
    timeout(limit, request).await.map_err(|_| BucketError::Timeout)?.map_err(reason)
}

/// Converts "not found" to `None`.
fn unless_missing<T>(found: Result<T, BucketError>) -> Result<Option<T>, BucketError> {
    match found {
        Err(error) if error.is(MISSING) => Ok(None),
        found => found.map(Some),
    }
}

const MISSING: &str = "404";
const NOT_IMPLEMENTED: &str = "501";

#[expect(clippy::needless_pass_by_value, reason = "used with `map_err`")]
fn reason(error: object_store::Error) -> BucketError {
    reason_of(&error)
}

/// Reduces an error to what may be logged: a status and S3's code, but no URL, header or body.
fn reason_of(error: &object_store::Error) -> BucketError {
    use object_store::Error;
    let text = error.to_string();
    let after = |start: &str| text.split_once(start).map(|(_, rest)| rest);
    let code = after("<Code>").and_then(|rest| rest.split('<').next());
    let is_code = |code: &&str| code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let code = code.filter(is_code).map(str::to_owned);
    let status = |status: &str| BucketError::Status { status: status.to_owned(), code: code.clone() };
    match error {
        Error::NotFound { .. } if code.as_deref() != Some("NoSuchBucket") => status(MISSING),
        Error::NotFound { .. } => BucketError::Settings("there is no such bucket"),
        Error::PermissionDenied { .. } => status("403"),
        Error::Unauthenticated { .. } => status("401"),
        Error::Precondition { .. } => status("412"),
        Error::AlreadyExists { .. } => status("409"),
        _ => match kind_of(error) {
            Some(HttpErrorKind::Timeout) => BucketError::Timeout,
            Some(_) => BucketError::Connection,
            None => after("status code: ")
                .and_then(|rest| rest.get(..3))
                .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
                .map_or(BucketError::Other, status),
        },
    }
}

/// Returns the kind of the HTTP client's error among the causes.
fn kind_of(error: &dyn std::error::Error) -> Option<HttpErrorKind> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<HttpError>() {
            return Some(error.kind());
        }
        cause = error.source();
    }
    None
}
