//! Parses the files in a folder in parallel. This pays off for long chains, because SQLite spends
//! most of the time preparing every statement.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread::{self, Builder, ScopedJoinHandle};

use crate::folder::File;
use crate::problem::Problem;
use crate::script::{self, Dialect, Grammar, ParsedScript};

/// The minimum number of files per thread, because each thread opens its own SQLite connection.
const FILES_OF_A_THREAD: usize = 64;

/// The usual stack size of a program's main thread. A script that can be parsed there can also be
/// parsed here.
const STACK: usize = 8 << 20;

type Parsed = Vec<(ParsedScript, Vec<Problem>)>;

/// Parses files in parallel and keeps their order.
pub(super) fn all(files: &[File], dialect: Dialect) -> Parsed {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let (first, others) =
        files.split_at(files.len().div_ceil(threads).max(FILES_OF_A_THREAD).min(files.len()));
    thread::scope(|scope| {
        let spawn = |part| Builder::new().stack_size(STACK).spawn_scoped(scope, move || parse(part, dialect));
        let others: Vec<_> = others.chunks(first.len().max(1)).map(|part| (part, spawn(part).ok())).collect();
        let mut parsed = parse(first, dialect);
        parsed.extend(others.into_iter().flat_map(
            |(part, thread)| match thread.map(ScopedJoinHandle::join) {
                Some(Ok(parsed)) => parsed,
                Some(Err(panic)) => resume_unwind(panic),
                // The system cannot create more threads.
                None => parse(part, dialect),
            },
        ));
        parsed
    })
}

/// Parses files. Returns no scripts if this build lacks the grammar of the dialect, because the
/// folder was not read.
fn parse(files: &[File], dialect: Dialect) -> Parsed {
    let Some(mut grammar) = Grammar::new(dialect) else { return Parsed::new() };
    files.iter().map(|file| script::parse(&file.path, &file.bytes, &mut grammar)).collect()
}

#[cfg(test)]
mod tests {
    use super::{FILES_OF_A_THREAD, all, parse};
    use crate::folder::File;
    use crate::script::Dialect;

    #[test]
    fn however_many_files_there_are_they_keep_their_order() {
        for count in [0, 1, FILES_OF_A_THREAD, FILES_OF_A_THREAD + 1, 5 * FILES_OF_A_THREAD + 3] {
            let file = |number: usize| File {
                path: format!("migrations/{number}.sql"),
                bytes: format!("-- m\n-- Revision ID: {number}\n-- upgrade\nSELEC {number};\n").into_bytes(),
            };
            let dialect = Dialect::default();
            let files: Vec<File> = (0..count).map(file).collect();
            assert_eq!(all(&files, dialect), parse(&files, dialect), "{count}");
        }
    }
}
