//! Builds targets of this workspace while a test runs.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Builds a binary of another package and returns its path. For tests, Cargo builds only the
/// binaries of the same package.
///
/// # Panics
///
/// Panics if the build fails, because then there is nothing to test.
pub fn binary(name: &str) -> PathBuf {
    artifact("bin", name, &["--bin", name])
}

/// Returns the file of the `aludel` library that the tests are linked with.
///
/// # Panics
///
/// Panics if the build fails, because then there is nothing to test.
pub fn library() -> PathBuf {
    artifact("lib", "aludel", &[])
}

/// Returns the target folder for crates outside the workspace. `.ci/coexistence` and `.ci/examples`
/// use it too.
///
/// # Panics
///
/// Panics if the test is not in a target folder.
#[expect(clippy::expect_used, reason = "Cargo runs the tests in its target folder")]
pub fn outside_target() -> PathBuf {
    let (_, profile) = own_places().expect("a test lies in `<target>/<profile>/deps`");
    profile.with_file_name("outside")
}

/// Makes a command build crates in this folder. All builds use the same profile, so that they share
/// dependencies.
///
/// # Panics
///
/// Panics if the test is not in a target folder.
pub fn outside(command: &mut Command) -> &mut Command {
    without_package(command)
        .env("CARGO_TARGET_DIR", outside_target())
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env_remove("RUSTFLAGS")
}

/// Removes the environment variables in which Cargo describes the test's package. Otherwise, build
/// scripts that track one of them, such as ring's, would run again whenever tests and users build
/// alternately.
fn without_package(command: &mut Command) -> &mut Command {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let of_package = |name: &String| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    names.filter(of_package).fold(command, |command, name| command.env_remove(name))
}

/// Returns the file of the running test and the folder of its profile, or `None` if it is not in a
/// target folder.
fn own_places() -> Option<(PathBuf, PathBuf)> {
    let test = std::env::current_exe().ok()?;
    let profile = test.parent()?.parent()?.to_owned();
    Some((test, profile))
}

/// Builds targets, and returns the file of the one with this kind and name.
///
/// The running test is one of the targets. This selects the same features as
/// `cargo test --workspace`, so that no library is built twice.
#[expect(clippy::expect_used, reason = "without the artifact there is nothing to test")]
fn artifact(kind: &str, name: &str, targets: &[&str]) -> PathBuf {
    let (test, profile) = own_places().expect("a test lies in `<target>/<profile>/deps`");
    let own_name =
        test.file_stem().and_then(|stem| stem.to_str()?.rsplit_once('-')).expect("<name>-<hash>").0;
    let mut cargo = Command::new(env!("CARGO"));
    without_package(&mut cargo);
    cargo.args(["build", "--workspace", "--quiet", "--message-format", "json-render-diagnostics"]);
    if cfg!(feature = "s3") {
        cargo.args(["--features", "tests/s3,server/s3"]);
    }
    cargo.args(["--test", own_name]).args(targets).current_dir(env!("CARGO_MANIFEST_DIR"));
    cargo.arg("--target-dir").arg(profile.parent().expect("a profile lies in the target folder"));
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    let output = cargo.stderr(Stdio::inherit()).output().expect("Cargo runs");
    assert!(output.status.success(), "`{name}` does not build");
    let messages = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>().flatten();
    let mut files = messages.filter_map(|message| {
        let value = |pointer| message.pointer(pointer)?.as_str();
        let is_wanted = value("/target/kind/0")? == kind && value("/target/name")? == name;
        is_wanted.then(|| Some(PathBuf::from(value("/filenames/0")?)))?
    });
    files.next().expect("Cargo reports the files that it builds")
}
