//! Chains and revisions as types, so that revisions of different chains cannot be confused.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use aludel_core::chain::{Predecessors, Scripts, VERSION_TABLE};
use aludel_core::plan;
use aludel_core::script::Dialect;

use crate::Error;
use crate::plans::stamp_plan;

/// A revision of an embedded chain, as a type.
pub trait Revision {
    /// The chain that the revision belongs to.
    type Chain;
    /// The revision ID.
    const ID: &'static str;
    /// The one-line description of its script.
    const MESSAGE: &'static str;
}

/// A place in a chain: a revision, or all heads.
pub trait Position {
    /// The chain that the place belongs to.
    type Chain;
    /// The version rows of a database at this place, sorted.
    const REVISIONS: &'static [&'static str];
}

impl<R: Revision> Position for R {
    type Chain = R::Chain;
    const REVISIONS: &'static [&'static str] = &[R::ID];
}

/// A chain that `embed_migrations!` embedded. Its heads are a type.
#[diagnostic::on_unimplemented(
    message = "the heads of the chain `{Self}` have no type",
    label = "this chain was not embedded by `embed_migrations!`",
    note = "use `Migrator::upgrade` with the target `heads` for a chain that was loaded from a folder"
)]
pub trait Embedded {
    /// All heads of the chain.
    type Heads: Position<Chain = Self>;
}

/// A chain with an image, which is a database with every script applied that the compiler built
/// (feature `scratch`).
///
/// `embed_migrations!` implements this trait if every script is executed at compile time.
#[diagnostic::on_unimplemented(
    message = "the chain `{Self}` has no image",
    label = "the compiler did not execute this chain",
    note = "a script is marked `Unproved`, the chain was loaded from a folder, or the `scratch` feature is off",
    note = "upgrade a new database instead: `CHAIN.migrator().prepare(…).upgrade_to(Connection::open_in_memory()?)`"
)]
pub trait Image: Embedded {
    /// The database in compressed form.
    #[doc(hidden)]
    const IMAGE: &'static [u8];
}

/// The type of a chain that was loaded from a folder. It has no typed revisions.
#[derive(Debug, Clone, Copy)]
pub struct Folder;

/// The files of a chain, as they were when a debug build was made.
#[doc(hidden)]
#[derive(Debug)]
pub struct Watched {
    /// The folder of scripts.
    pub folder: &'static str,
    /// The files that define views and triggers, by their paths in the folder.
    pub repeatable: &'static [(&'static str, &'static [u8])],
}

/// The migration scripts of a program, in an order in which they can run.
///
/// `C` identifies the chain. `embed_migrations!` generates it, so that only the chain's own
/// revisions are valid targets.
pub struct Chain<C = Folder> {
    scripts: aludel_core::chain::Chain,
    watched: Option<&'static Watched>,
    named: PhantomData<fn() -> C>,
}

impl<C> Chain<C> {
    /// A chain without scripts.
    pub const EMPTY: Self = Self {
        scripts: aludel_core::chain::Chain {
            scripts: Scripts::NONE,
            heads: Cow::Borrowed(&[]),
            state: Cow::Borrowed(""),
            version_table: Cow::Borrowed(VERSION_TABLE),
            predecessors: Predecessors::NONE,
            dialect: Dialect::Sqlite,
        },
        watched: None,
        named: PhantomData,
    };

    /// Creates the chain that `embed_migrations!` expands to.
    #[doc(hidden)]
    pub const fn embedded(scripts: aludel_core::chain::Chain, watched: Option<&'static Watched>) -> Self {
        Self { scripts, watched, named: PhantomData }
    }

    /// Returns the revision IDs. Each revision comes after the revisions that it needs.
    pub fn revisions(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        self.scripts.scripts.iter().map(|script| &*script.id)
    }

    /// Returns the one-line description of a revision's script, or `None` if the chain lacks the
    /// revision.
    pub fn message(&self, revision: &str) -> Option<&str> {
        let script = self.scripts.scripts.iter().find(|script| script.id == revision)?;
        Some(&script.message)
    }

    /// Returns the heads, sorted.
    pub fn heads(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        self.scripts.heads.iter().map(|head| &**head)
    }

    /// Returns the name of the version table.
    pub fn version_table(&self) -> &str {
        &self.scripts.version_table
    }

    /// Plans a stamp of targets for a database at base.
    ///
    /// # Errors
    ///
    /// Returns an error if a target is invalid.
    #[doc(hidden)]
    pub fn plan_stamp_from_base(&self, targets: &[&str]) -> Result<plan::Stamp, Error> {
        stamp_plan(&self.scripts.graph(), &plan::Position::default(), targets)
    }

    /// Returns the chain without its type, for the `aludel` command.
    #[doc(hidden)]
    pub fn untyped(&self) -> &aludel_core::chain::Chain {
        &self.scripts
    }

    /// Returns the files to check for changes after a debug build.
    pub(crate) fn watched(&self) -> Option<&'static Watched> {
        self.watched
    }
}

impl Chain<Folder> {
    /// Creates a chain from scripts that were assembled at run time, for the `aludel` command.
    #[doc(hidden)]
    pub fn loaded(scripts: aludel_core::chain::Chain) -> Self {
        Self { scripts, watched: None, named: PhantomData }
    }
}

impl<C> fmt::Debug for Chain<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.scripts.scripts.iter().map(|script| &script.id);
        formatter.debug_list().entries(ids).finish()
    }
}
