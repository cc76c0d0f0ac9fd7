//! Replaces the bucket in a program that was built without S3.

use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::ops::Range;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;

use super::{BucketError, Location, Object};

/// A bucket, of which there is none.
#[derive(Debug, Clone)]
pub(crate) struct Bucket(Infallible);

impl Bucket {
    pub(crate) fn connect(
        _: Location,
        _: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, BucketError> {
        Err(BucketError::Absent)
    }

    pub(crate) fn location(&self) -> &Location {
        match self.0 {}
    }

    pub(crate) fn listed_as(key: &str) -> String {
        key.to_owned()
    }

    pub(crate) fn find(&self, _: &str) -> Result<Option<Object>, BucketError> {
        match self.0 {}
    }

    pub(crate) fn find_all(&self, _: &[String]) -> Vec<Result<Option<Object>, BucketError>> {
        match self.0 {}
    }

    pub(crate) fn list(&self, _: &str) -> Result<Vec<(String, Object)>, BucketError> {
        match self.0 {}
    }

    pub(crate) fn holds(&self, _: impl Fn(&str) -> bool) -> Result<bool, BucketError> {
        match self.0 {}
    }

    pub(crate) fn fetch(&self, _: &str, _: &mut File) -> Result<Option<Object>, BucketError> {
        match self.0 {}
    }

    #[expect(clippy::unused_async, reason = "as in the other bucket")]
    pub(crate) async fn find_async(&self, _: &str) -> Result<Option<Object>, BucketError> {
        match self.0 {}
    }

    pub(crate) fn body(&self, _: &str, _: &Object, _: Range<u64>) -> UnsyncBoxBody<Bytes, io::Error> {
        match self.0 {}
    }

    pub(crate) fn send(&self, _: &str, _: &File, _: u64) -> Result<(), BucketError> {
        match self.0 {}
    }

    pub(crate) fn remove(&self, _: &str) -> Result<(), BucketError> {
        match self.0 {}
    }

    pub(crate) fn relocate(&self, _: &str, _: &str) -> Result<(), BucketError> {
        match self.0 {}
    }

    pub(crate) fn id(&self, _: &str) -> Result<Option<String>, BucketError> {
        match self.0 {}
    }

    pub(crate) fn set_id(&self, _: &str, _: &str, _: Option<&str>) -> Result<(), BucketError> {
        match self.0 {}
    }
}
