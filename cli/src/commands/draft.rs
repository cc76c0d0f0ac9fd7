//! What `revision` and `merge` have in common: writing a new script.

use std::path::{Path, PathBuf};

use aludel_core::folder::File;
use aludel_core::graph::{Graph, Index};
use aludel_core::script::sqlite::Grammar;
use aludel_core::script::{self, Draft, SectionFault};
use serde::Serialize;

use crate::error::{Failure, hint_of};
use crate::folder::Scripts;
use crate::range::named;
use crate::settings::Settings;
use crate::ui::Ui;

/// The message of a script that was given none.
const NO_MESSAGE: &str = "empty message";

/// How many letters a made id has.
const LETTERS_OF_AN_ID: usize = 12;

/// What was written, as JSON shows it.
#[derive(Debug, Serialize)]
struct Written<'a> {
    revision: &'a str,
    down_revisions: &'a [String],
    file: String,
}

/// A draft with an id and a date, where none are given.
pub(super) fn draft(message: Option<&str>, id: Option<&str>) -> Result<Draft, Failure> {
    let message = message.map(|words| words.split_whitespace().collect::<Vec<_>>().join(" "));
    let made = || {
        let random = uuid::Uuid::new_v4().simple().to_string();
        random.get(random.len() - LETTERS_OF_AN_ID..).unwrap_or_default().to_owned()
    };
    let draft = Draft {
        id: id.map_or_else(made, str::to_owned),
        message: message.filter(|words| !words.is_empty()).unwrap_or_else(|| NO_MESSAGE.to_owned()),
        create_date: jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S.%6f").to_string(),
        ..Draft::default()
    };
    check_message(&draft).map(|()| draft)
}

/// Rule: a message is read from the script as it was given. The first line of a script may be a marker or a key instead.
fn check_message(draft: &Draft) -> Result<(), Failure> {
    let (parsed, _) = script::parse_header(&draft.file_name(), draft.to_string().as_bytes());
    if parsed.header.message == draft.message {
        return Ok(());
    }
    Err(Failure::wrong(
        format!(
            "`{}` cannot be a message: the script would read it as a marker or as a key of its header",
            draft.message
        ),
        "begin the message with other words, such as `Add the favourite flag to photos`",
    ))
}

/// The revisions that a person names.
pub(super) fn find(name: &str, graph: &Graph) -> Result<Vec<Index>, Failure> {
    named(name, graph, &[]).map_err(|error| {
        let error = aludel::Error::Target(error);
        let (hint, exit_code) = (hint_of(&error, graph), error.exit_code());
        Failure::Aludel { error: Box::new(error), hint, exit_code }
    })
}

/// Rule: what a new script revises is a head, unless a new branch is meant.
pub(super) fn check_heads(revises: &[Index], graph: &Graph, splice: bool) -> Result<(), Failure> {
    let inner = revises.iter().find(|index| !graph.node(**index).children.is_empty());
    match inner.filter(|_| !splice) {
        None => Ok(()),
        Some(inner) => Err(Failure::wrong(
            format!("revision `{}` is not a head", graph.id(*inner)),
            "`--splice` begins a new branch there",
        )),
    }
}

/// Writes a draft into the folder, unless it would be a fault there.
pub(super) fn write(
    draft: &Draft,
    among: (&Scripts, &Graph),
    settings: &Settings,
    ui: &mut Ui,
) -> Result<PathBuf, Failure> {
    let path = save(draft, among, settings)?;
    let file = path.display().to_string();
    if ui.is_json() {
        ui.json(&Written { revision: &draft.id, down_revisions: &draft.revises, file });
    } else {
        ui.say(format_args!("Generating {file} ...  done"));
    }
    Ok(path)
}

/// Writes a draft without a word.
pub(super) fn save(
    draft: &Draft,
    among: (&Scripts, &Graph),
    settings: &Settings,
) -> Result<PathBuf, Failure> {
    let path = settings.migrations.join(draft.file_name());
    let text = draft.to_string();
    check(draft, &path, &text, among)?;
    let file = std::fs::File::create_new(&path);
    file.and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
        .map_err(|source| Failure::File { doing: "writing", path: path.clone(), source })?;
    Ok(path)
}

/// Rule: a new script brings no fault but that it is to be filled in. It is read as it will be, among the others.
fn check(
    draft: &Draft,
    path: &Path,
    text: &str,
    (scripts, graph): (&Scripts, &Graph),
) -> Result<(), Failure> {
    if graph.indexes().any(|index| graph.id(index) == draft.id) {
        let message = format!("a script with the revision id `{}` is there already", draft.id);
        return Err(Failure::wrong(message, "name another with `--rev-id`; without it one is made"));
    }
    let shown = path.to_string_lossy().replace('\\', "/");
    let (_, mut faults) = script::parse(&shown, text.as_bytes(), &mut Grammar::default());
    faults.retain(|fault| !SectionFault::is_to_be_filled_in(fault));
    if let Some(fault) = faults.first() {
        return Err(Failure::wrong(fault.title.clone(), fault.help.clone()));
    }
    let mut folder = scripts.folder().clone();
    folder.files.push(File { path: shown, bytes: text.as_bytes().to_vec() });
    aludel_core::chain::outline(&folder).map(drop).map_err(|faulty| {
        let fault = faulty.problems.into_iter().find(|problem| !SectionFault::is_to_be_filled_in(problem));
        let (title, help) = fault.map(|fault| (fault.title, fault.help)).unwrap_or_default();
        Failure::wrong(title, help)
    })
}
