//! Builds a chain from the scripts of a folder, or reports every error in it.

use std::borrow::Cow;

use super::frozen::{Enforced, Frozen, enforce, keep_what_was_frozen};
use super::{Chain, Declared, Predecessors, Script, Scripts, Text, section_of};
use crate::folder::{Folder, FolderFault};
use crate::frozen::Superseded;
use crate::graph::{self, Declaration, Edge, Fault, Graph, Index, Located, Resolved, Set};
use crate::problem::{self, Place, Problem, Spanned};
use crate::script::{self, Dialect, HeaderFault, NameFault, ParsedScript, SectionKind};

/// The scripts of a folder and their graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// The dialect of the scripts.
    pub dialect: Dialect,
    /// The parsed scripts, in canonical order.
    pub scripts: Vec<ParsedScript>,
    /// The graph. Its numbers are positions in `scripts`.
    pub graph: Graph,
    /// The frozen scripts.
    pub frozen: Set,
    /// The released scripts that were superseded.
    pub superseded: Vec<Superseded>,
    /// The files of scripts that a squash replaced. They are not part of the chain.
    pub left_over: Vec<String>,
}

/// The errors in a folder that does not form a valid chain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faulty {
    /// Every error in the files and in the graph, sorted by file and place.
    pub problems: Vec<Problem>,
    /// The ID and message of each revision that could be read. The caller still defines names for
    /// them, to avoid follow-up errors.
    pub revisions: Vec<(String, String)>,
}

/// Parses every script in a folder and sorts the scripts into canonical order.
///
/// # Errors
///
/// Returns every error in the files and in the graph.
pub fn assemble(folder: &Folder, multiple_heads: bool) -> Result<Assembled, Faulty> {
    if !folder.dialect.is_available() {
        let fault = FolderFault::UnavailableDialect { dialect: folder.dialect };
        return Err(Faulty { problems: vec![Problem::overall(&fault)], revisions: Vec::new() });
    }
    let mut problems = folder.problems.clone();
    let mut scripts = Vec::with_capacity(folder.files.len());
    for (script, faults) in super::parse::all(&folder.files, folder.dialect) {
        problems.extend(faults);
        scripts.push(script);
    }
    let list = Frozen::read(folder, &mut scripts);
    let (named, nameless): (Vec<ParsedScript>, Vec<ParsedScript>) =
        scripts.into_iter().partition(|script| script.header.id.is_some());
    let mut revisions: Vec<(String, String)> = named.iter().map(id_and_message).collect();
    let declarations: Vec<Declaration> = named.iter().map(declaration).collect();
    let unreadable = faulty_file_names(folder, &named, &nameless);
    let frozen = enforce(&list, &named, &unreadable, &mut problems);
    let is_out_of_shape = frozen.is_another_graph() || problems.iter().any(HeaderFault::hides_parents);
    match graph::resolve(&declarations) {
        Ok(Resolved { graph, order }) if problems.is_empty() => {
            problems.extend(several_heads(&graph, &named, &order, multiple_heads));
            if problems.is_empty() {
                return Ok(list.assembled(in_order(named, &order), graph));
            }
        }
        Ok(Resolved { graph, order }) if unreadable.is_empty() && !is_out_of_shape => {
            problems.extend(several_heads(&graph, &named, &order, multiple_heads));
        }
        Ok(_) => {}
        Err(faults) => {
            let faults = faults.into_iter().filter(|located| !is_told(&located.fault, &unreadable, &frozen));
            problems.extend(faults.filter_map(|located| problem_of(located, &named)));
        }
    }
    keep_one_fault_an_id(&mut problems);
    keep_what_was_frozen(&mut problems);
    revisions.extend(frozen.missing.into_iter().map(|id| (id, String::new())));
    problem::sort(&mut problems);
    Err(Faulty { problems, revisions })
}

impl Assembled {
    /// Returns the ID and message of each revision.
    #[must_use]
    pub fn revisions(&self) -> Vec<(String, String)> {
        self.scripts.iter().map(id_and_message).collect()
    }

    /// Returns the chain that a program runs.
    #[must_use]
    pub fn chain(&self, version_table: &str) -> Chain {
        let scripts: Scripts =
            self.scripts.iter().enumerate().map(|(index, script)| self.script(index, script)).collect();
        let mut heads: Vec<Text> =
            self.graph.real_heads().map(|head| self.graph.node(head).id.clone()).collect();
        heads.sort();
        let state = super::state(scripts.iter().map(|script| (&*script.id, &*script.checksum)));
        let superseded: Vec<&Superseded> = self.superseded.iter().collect();
        Chain {
            predecessors: Predecessors::new(&superseded, &scripts),
            scripts,
            heads: Cow::Owned(heads),
            state: Cow::Owned(state),
            version_table: Cow::Owned(version_table.to_owned()),
            dialect: self.dialect,
        }
    }

    fn script(&self, index: Index, script: &ParsedScript) -> Script {
        let node = self.graph.node(index);
        let section = |kind: SectionKind| {
            script
                .section(kind)
                .map(|section| section_of(&script.source, &section.text, &section.statements))
                .unwrap_or_default()
        };
        Script {
            id: node.id.clone(),
            message: Cow::Owned(script.header.message.clone()),
            file: Cow::Owned(script.source.path.clone()),
            create_date: Cow::Owned(script.header.create_date.clone().unwrap_or_default()),
            down: Cow::Owned(node.down.clone()),
            depends_on: Cow::Owned(node.depends_on.clone()),
            labels: Cow::Owned(node.labels.clone()),
            upgrade: section(SectionKind::Upgrade),
            downgrade: section(SectionKind::Downgrade),
            checksum: Cow::Owned(script.checksum()),
            fingerprint: Cow::Borrowed(""),
            declared: Declared {
                loses: texts(&script.header.loses),
                allow: texts(&script.header.allow),
                irreversible: text(script.header.irreversible.as_ref()),
                outside_transaction: text(script.header.outside_transaction.as_ref()),
                imported_from: Cow::Owned(script.header.imported_from.clone().unwrap_or_default()),
                sample: section(SectionKind::Sample),
            },
        }
    }
}

fn text(value: Option<&Spanned<String>>) -> Text {
    Cow::Owned(value.map(|value| value.value.clone()).unwrap_or_default())
}

fn texts(values: &[Spanned<String>]) -> Cow<'static, [Text]> {
    values.iter().map(|value| Cow::Owned(value.value.clone())).collect()
}

fn id_and_message(script: &ParsedScript) -> (String, String) {
    let id = script.header.id.as_ref().map(|id| id.value.clone());
    (id.unwrap_or_default(), script.header.message.clone())
}

pub(super) fn declaration(script: &ParsedScript) -> Declaration {
    let values = |names: &[Spanned<String>]| names.iter().map(|name| name.value.clone()).collect();
    Declaration {
        id: script.header.id.as_ref().map(|id| id.value.clone()).unwrap_or_default(),
        revises: values(&script.header.revises),
        depends_on: values(&script.header.depends_on),
        labels: values(&script.header.branch_labels),
    }
}

pub(super) fn in_order(scripts: Vec<ParsedScript>, order: &[usize]) -> Vec<ParsedScript> {
    let mut scripts: Vec<Option<ParsedScript>> = scripts.into_iter().map(Some).collect();
    order.iter().filter_map(|number| scripts.get_mut(*number)?.take()).collect()
}

/// Returns an error if a chain has more than one head, unless multiple heads are allowed. Returns
/// `None` otherwise.
fn several_heads(
    graph: &Graph,
    scripts: &[ParsedScript],
    order: &[usize],
    multiple_heads: bool,
) -> Option<Problem> {
    let heads: Vec<Index> = graph.heads().collect();
    if multiple_heads || heads.len() < 2 {
        return None;
    }
    let places: Vec<Place> =
        heads.iter().filter_map(|head| place(scripts, (*order.get(*head)?, Edge::Id))).collect();
    let (first, others) = places.split_first()?;
    let problem = Problem::at(first.clone(), &Fault::SeveralHeads { heads: graph.ids(heads) });
    Some(
        others
            .iter()
            .take(OTHERS_SHOWN)
            .fold(problem, |problem, place| problem.with_related(place.clone(), "another head")),
    )
}

/// The maximum number of other places that one message shows.
const OTHERS_SHOWN: usize = 8;

/// Returns the names of files whose revision is unknown. Either no ID could be read, the file name
/// contains a different ID, or the file is not a script.
fn faulty_file_names(folder: &Folder, named: &[ParsedScript], nameless: &[ParsedScript]) -> Vec<String> {
    let misnamed = named.iter().filter(|script| {
        let id = script.header.id.as_ref().map(|id| id.value.as_str()).unwrap_or_default();
        !script::file_name_holds(file_name(&script.source.path), id)
    });
    let scripts = misnamed.chain(nameless).map(|script| script.source.path.as_str());
    let others = folder.problems.iter().map(Problem::label);
    scripts.map(str::to_owned).chain(others).map(|path| file_name(&path).to_owned()).collect()
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Removes the error about an ID that does not match its file name, if two scripts share that ID. A
/// copied script that kept its ID would cause both errors.
fn keep_one_fault_an_id(problems: &mut Vec<Problem>) {
    let twice: Vec<Place> = problems
        .iter()
        .filter(|problem| matches!(problem.fault(), Some(Fault::IdTwice { .. })))
        .flat_map(|problem| {
            problem.place.iter().chain(problem.related.iter().map(|(place, _)| place)).cloned()
        })
        .collect();
    problems.retain(|problem| {
        !matches!(problem.fault(), Some(NameFault::FileNameWithoutId { .. }))
            || problem.place.as_ref().is_none_or(|place| !twice.contains(place))
    });
}

/// Returns `true` if another error already explains this one.
///
/// An unknown parent may be defined in a file that has an error, or may be a missing frozen script.
/// A cycle may be the result of a change to a frozen script's parents.
fn is_told(fault: &Fault, file_names: &[String], frozen: &Enforced) -> bool {
    match fault {
        Fault::UnknownDownRevision { parent: name, .. }
        | Fault::UnknownDependency { dependency: name, .. } => {
            frozen.missing.contains(name)
                || file_names.iter().any(|file_name| script::file_name_holds(file_name, name))
        }
        Fault::Cycle { .. } => frozen.is_another_graph(),
        Fault::IdTwice { .. }
        | Fault::LabelTwice { .. }
        | Fault::LabelIsAnId { .. }
        | Fault::RevisesItself { .. }
        | Fault::DependsOnItself { .. }
        | Fault::SeveralHeads { .. } => false,
    }
}

fn problem_of(located: Located, scripts: &[ParsedScript]) -> Option<Problem> {
    let problem = Problem::at(place(scripts, located.at)?, &located.fault);
    let words = words_of_other(&located.fault);
    let others = located.others.into_iter().filter_map(|other| place(scripts, other));
    Some(others.fold(problem, |problem, place| problem.with_related(place, words)))
}

fn words_of_other(fault: &Fault) -> &'static str {
    match fault {
        Fault::IdTwice { .. } | Fault::LabelTwice { .. } => "first used here",
        Fault::LabelIsAnId { .. } => "the revision with this ID",
        Fault::Cycle { .. } => "and this edge",
        Fault::UnknownDownRevision { .. }
        | Fault::UnknownDependency { .. }
        | Fault::RevisesItself { .. }
        | Fault::DependsOnItself { .. }
        | Fault::SeveralHeads { .. } => "",
    }
}

fn place(scripts: &[ParsedScript], (number, edge): (usize, Edge)) -> Option<Place> {
    let script = scripts.get(number)?;
    let words = match edge {
        Edge::Id => script.header.id.as_ref(),
        Edge::Revises(position) => script.header.revises.get(position),
        Edge::DependsOn(position) => script.header.depends_on.get(position),
        Edge::Label(position) => script.header.branch_labels.get(position),
    };
    Some(script.place(words?.span.clone()))
}
