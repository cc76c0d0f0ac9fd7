//! A chain with a type: revisions of one chain cannot be taken for those of another.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use aludel_core::chain::{Scripts, VERSION_TABLE};

use crate::Migrator;

/// A revision of an embedded chain, as a type.
pub trait Revision {
    /// The chain that it belongs to.
    type Chain;
    /// The revision id.
    const ID: &'static str;
    /// What its script does, in one line.
    const MESSAGE: &'static str;
}

/// A place in a chain that a database can be at: a revision, or all heads.
pub trait Position {
    /// The chain that it belongs to.
    type Chain;
    /// The version rows of a database at this place, sorted.
    const REVISIONS: &'static [&'static str];
}

impl<R: Revision> Position for R {
    type Chain = R::Chain;
    const REVISIONS: &'static [&'static str] = &[R::ID];
}

/// A chain that `embed_migrations!` embedded: its heads are known as a type.
#[diagnostic::on_unimplemented(
    message = "the heads of the chain `{Self}` have no type",
    label = "this chain was not embedded by `embed_migrations!`",
    note = "use `Runner::upgrade` with the target `heads` for a chain that was loaded from a folder"
)]
pub trait Embedded {
    /// All heads of the chain.
    type Heads: Position<Chain = Self>;
}

/// A chain of which the compiler made an image: a database to which every script was applied (feature `scratch`).
///
/// `embed_migrations!` implements it where every script is executed at compile time.
#[diagnostic::on_unimplemented(
    message = "there is no image of the chain `{Self}`",
    label = "this chain was not executed by the compiler",
    note = "a script says `Unproved`, or the chain was loaded from a folder, or `embed_migrations!` was built without the feature `scratch`",
    note = "bring a new database to the head instead: `CHAIN.migrator().prepare(…).upgrade_to(Connection::open_in_memory()?)`"
)]
pub trait Image {
    /// All heads of the chain.
    type Heads: Position<Chain = Self>;
    /// The database, packed.
    #[doc(hidden)]
    const IMAGE: &'static [u8];
}

/// The type of a chain that was loaded from a folder: it has no typed revisions.
#[derive(Debug, Clone, Copy)]
pub struct Folder;

/// Every migration script of a program, in an order in which they can run.
///
/// `C` names the chain; `embed_migrations!` makes it, so that only its own revisions are targets.
pub struct Chain<C = Folder> {
    scripts: aludel_core::chain::Chain,
    watched: Option<&'static str>,
    named: PhantomData<fn() -> C>,
}

impl<C> Chain<C> {
    /// The chain without a script.
    pub const EMPTY: Self = Self {
        scripts: aludel_core::chain::Chain {
            scripts: Scripts::NONE,
            heads: Cow::Borrowed(&[]),
            state: Cow::Borrowed(""),
            version_table: Cow::Borrowed(VERSION_TABLE),
        },
        watched: None,
        named: PhantomData,
    };

    /// What `embed_migrations!` makes.
    #[doc(hidden)]
    pub const fn embedded(scripts: aludel_core::chain::Chain, watched: Option<&'static str>) -> Self {
        Self { scripts, watched, named: PhantomData }
    }

    /// A migrator for databases of this chain, with default settings.
    pub fn migrator(&self) -> Migrator<'_, C> {
        Migrator::new(self)
    }

    /// The folder to look at for scripts that were added since a debug build was made.
    pub(crate) fn watched(&self) -> Option<&'static str> {
        self.watched
    }
}

impl Chain<Folder> {
    /// A chain that was assembled while the program runs.
    pub fn loaded(scripts: aludel_core::chain::Chain) -> Self {
        Self { scripts, watched: None, named: PhantomData }
    }
}

impl<C> Deref for Chain<C> {
    type Target = aludel_core::chain::Chain;

    fn deref(&self) -> &Self::Target {
        &self.scripts
    }
}

impl<C> fmt::Debug for Chain<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.scripts.scripts.iter().map(|script| &script.id);
        formatter.debug_list().entries(ids).finish()
    }
}
