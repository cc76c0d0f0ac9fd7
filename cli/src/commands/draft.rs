//! The shared part of `revision` and `merge`: writes a new script.

use std::path::{Path, PathBuf};

use aludel_core::folder::File;
use aludel_core::graph::{Graph, Index};
use aludel_core::script::{self, Draft, Grammar, SectionFault};
use serde::Serialize;

use crate::error::Failure;
use crate::files;
use crate::folder::Scripts;
use crate::range::named;
use crate::settings::Settings;
use crate::ui::Ui;

/// The message of a script created without `--message`.
const NO_MESSAGE: &str = "empty message";

/// The length of a generated ID.
const LETTERS_OF_AN_ID: usize = 12;

/// The written script, as printed in JSON.
#[derive(Debug, Serialize)]
struct Written<'a> {
    revision: &'a str,
    down_revisions: &'a [String],
    file: String,
}

/// Creates a draft with the current time. Generates an ID if none is given.
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

/// Checks that the script's header parses back to the given message, because a first line could be
/// read as a marker or a key.
fn check_message(draft: &Draft) -> Result<(), Failure> {
    let (parsed, _) =
        script::parse_header(&draft.file_name(), draft.to_string().as_bytes(), &mut Grammar::default());
    if parsed.header.message == draft.message {
        return Ok(());
    }
    Err(Failure::wrong(
        format!(
            "invalid message `{}`: the first line of a script would be parsed as a marker or as a header key",
            draft.message
        ),
        "start the message with other words, for example `Add the favourite flag to photos`",
    ))
}

/// Resolves a name that the user typed.
pub(super) fn find(name: &str, graph: &Graph) -> Result<Vec<Index>, Failure> {
    named(name, graph, &[]).map_err(Failure::aludel)
}

/// Returns an error if a new script does not revise a head, unless `--splice` starts a new branch.
pub(super) fn check_heads(revises: &[Index], graph: &Graph, splice: bool) -> Result<(), Failure> {
    let inner = revises.iter().find(|index| !graph.node(**index).children.is_empty());
    match inner.filter(|_| !splice) {
        None => Ok(()),
        Some(inner) => Err(Failure::wrong(
            format!("revision `{}` is not a head", graph.id(*inner)),
            "pass `--splice` to start a new branch there",
        )),
    }
}

/// Writes a draft into the folder unless the script would be invalid there. Reports the file.
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
        ui.print(format_args!("Generating {file} ...  done"));
    }
    Ok(path)
}

/// Writes a draft into the folder, and prints nothing.
pub(super) fn save(
    draft: &Draft,
    among: (&Scripts, &Graph),
    settings: &Settings,
) -> Result<PathBuf, Failure> {
    let folder = folder_of(draft, among).unwrap_or_else(|| settings.migrations.clone());
    let path = folder.join(draft.file_name());
    let text = draft.to_string();
    check(draft, &path, &text, among)?;
    files::create(&path, &text).map_err(|source| Failure::File {
        doing: "writing",
        path: path.clone(),
        source,
    })?;
    Ok(path)
}

/// Returns the folder of the newest script that a draft revises. Returns `None` if it is not a
/// subfolder.
fn folder_of(draft: &Draft, (scripts, graph): (&Scripts, &Graph)) -> Option<PathBuf> {
    let newest = draft.revises.iter().filter_map(|parent| graph.find_id(parent)).max()?;
    let id = graph.id(newest);
    let mut files = scripts.folder().files.iter();
    let file =
        files.find(|file| script::file_name_holds(file.path.rsplit('/').next().unwrap_or_default(), id))?;
    Path::new(&file.path).parent().map(Path::to_owned)
}

/// Parses a new script together with the others, and returns an error if it introduces problems.
/// Its sections may still be empty.
fn check(
    draft: &Draft,
    path: &Path,
    text: &str,
    (scripts, graph): (&Scripts, &Graph),
) -> Result<(), Failure> {
    if graph.find_id(&draft.id).is_some() {
        let message = format!("a script with revision ID `{}` already exists", draft.id);
        return Err(Failure::wrong(message, "choose another ID with `--rev-id`, or omit it to generate one"));
    }
    let shown = path.to_string_lossy().replace('\\', "/");
    let mut grammar = Grammar::new(scripts.folder().dialect).unwrap_or_default();
    let (_, mut faults) = script::parse(&shown, text.as_bytes(), &mut grammar);
    faults.retain(|fault| !SectionFault::is_to_be_filled_in(fault));
    if let Some(fault) = faults.first() {
        return Err(Failure::wrong(fault.title(), fault.help()));
    }
    let mut folder = scripts.folder().clone();
    folder.files.push(File { path: shown, bytes: text.as_bytes().to_vec() });
    aludel_core::chain::outline(&folder).map(drop).map_err(|faulty| {
        let fault = faulty.problems.into_iter().find(|problem| !SectionFault::is_to_be_filled_in(problem));
        let (title, help) = fault.map(|fault| (fault.title(), fault.help())).unwrap_or_default();
        Failure::wrong(title, help)
    })
}
