//! Generates a proved script that leads to a target schema.

use aludel_core::chain::{Assembled, assemble};
use aludel_core::folder::{File, Folder, FolderFault};
use aludel_core::guarded::Budget;
use aludel_core::problem::Problem;
use aludel_core::schema::Detected;
use aludel_core::schema::{
    Changes, Check, Constraint, Definition, ForeignKey, Index, Kind, Schema, Table, tell,
};
use aludel_core::script::{Draft, Filled};

use super::ask::{Refused, fewest_questions};
use super::baseline;
use super::fault::Refusal;
use super::plan::{Errand, Plan, plan};
use super::proof_feedback::{self, Outcome};
use super::renames::Renames;
use super::rows::choose::Chooser;
use super::schema_diff::schema_diff;
use super::step::{Means, Mending, Way};
use super::trial_database::TrialDatabase;
use super::write::{section, without_reviews};
use crate::comparison::{Settings, Wish, changes, expected, in_order_of, taken};
use crate::proof::{Irreversible, NewReferences, Options, prove};
use crate::target_schema::TargetSchema;

/// A chain and the target schema of its head.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The chain.
    pub assembled: &'a Assembled,
    /// The target schema.
    pub wanted: &'a TargetSchema,
    /// The settings of the comparison.
    pub settings: &'a Settings,
    /// The limits of scratch databases.
    pub options: &'a Options,
}

/// A script that leads to the target schema and back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The changes that it makes.
    pub detected: Vec<Detected>,
    /// The number of questions for a person.
    pub reviews: usize,
    /// The script.
    pub draft: Draft,
}

impl Question<'_> {
    /// Returns the differences, in words, between the head and the schema of a database at the
    /// head.
    ///
    /// # Errors
    ///
    /// Returns an error if a script of the chain fails.
    pub fn drift(&self, database: &Schema) -> Result<Vec<String>, Refusal> {
        let head = TrialDatabase::at_head(self.assembled, self.options)?.schema()?;
        Ok(tell(&Changes::between(
            &taken(&head, self.settings),
            &taken(&database.without_neighbours(&head), self.settings),
        )))
    }

    /// Returns the changes that lead from the head to the target schema, or nothing if they are
    /// equal.
    ///
    /// # Errors
    ///
    /// Returns an error if the target schema or a script of the chain fails.
    pub fn detect(&self) -> Result<Vec<Detected>, Refusal> {
        let ground = self.ground()?;
        if ground.is_as_wanted(self) {
            return Ok(Vec::new());
        }
        let schema_diff = schema_diff(
            &ground.trial_database,
            &ground.upgrade(self, &|renamed| ground.target(self, renamed)),
        )?;
        Ok(ground.renames.detected().chain(schema_diff.detected).collect())
    }

    /// Generates the script. Returns `None` if there is nothing to do. The draft holds its id and
    /// place in the chain, the folder the other scripts.
    ///
    /// # Errors
    ///
    /// Returns an error if the target schema or a script of the chain fails, or if no script passes
    /// the proof.
    pub fn generate(&self, draft: &Draft, folder: &Folder) -> Result<Option<Generated>, Refusal> {
        let ground = self.ground()?;
        if ground.is_as_wanted(self) {
            return Ok(None);
        }
        let baseline = self.has_unproved().then(|| baseline::folder(&ground.current, draft));
        let folder = baseline.as_ref().unwrap_or(folder);
        let mut refused = Vec::new();
        let generated = match self.by(&ground, (Means::Alter, draft), folder, &mut refused) {
            // The constraints that are dropped with a column depend on where they were written,
            // which the downgrade may change.
            Err(_) => match self.by(&ground, (Means::Rebuild, draft), folder, &mut refused) {
                Err(refusal) => {
                    fewest_questions(refused).map(|planned| planned.generated(draft)).ok_or(refusal)?
                }
                Ok(generated) => generated,
            },
            Ok(generated) => generated,
        };
        Ok(Some(generated).filter(|generated| !generated.detected.is_empty()))
    }

    /// Returns `true` if the proof does not execute all scripts of the chain.
    fn has_unproved(&self) -> bool {
        self.assembled.scripts.iter().any(|script| script.header.unproved.is_some())
    }

    /// Plans with the given means. Rows are replaced only in the direction in which the proof finds
    /// conflicts.
    fn by(
        &self,
        ground: &Ground,
        (means, draft): (Means, &Draft),
        folder: &Folder,
        refused: &mut Vec<Refused>,
    ) -> Result<Generated, Refusal> {
        let mut plan = |mending| -> Result<_, Refusal> {
            let planned = ground.trial_database.trying(|| self.there_and_back(ground, means, mending))??;
            self.proved(planned, draft, folder, refused)
        };
        let first = plan([Mending::No; 2])?;
        let [there, back] = first.in_the_way;
        let there = if there == Mending::No && Self::may_refuse_rows(ground, &first.generated.detected) {
            Mending::Asked
        } else {
            there
        };
        if [there, back] == [Mending::No; 2] {
            return Ok(first.generated);
        }
        let levels = [
            [there, back],
            // Rows that were replaced in the upgrade can conflict with the downgrade.
            [there, Mending::Yes],
            // A value that suits some rows may not suit all of them.
            [Mending::Yes, back],
            [Mending::Yes; 2],
        ];
        let mut problems = first.problems.clone();
        for (place, level) in levels.into_iter().enumerate() {
            if levels.iter().take(place).any(|tried| *tried == level) {
                continue;
            }
            match plan(level) {
                Ok(proved) if proved.problems.is_empty() => return Ok(proved.generated),
                Ok(proved) => problems = proved.problems,
                Err(_) => {}
            }
        }
        if problems.is_empty() { Ok(first.generated) } else { Err(Refusal::InTheWay { problems }) }
    }

    /// Rule: a new constraint is asked about even if the generated rows fulfil it.
    fn may_refuse_rows(ground: &Ground, detected: &[Detected]) -> bool {
        // A CHECK that replaces others may accept everything that they accepted.
        let loosens = |name: &str, new: &Check| {
            let gone = detected.iter().filter_map(|detected| match detected {
                Detected::RemovedConstraint { table, constraint: Constraint::Check(check) }
                    if table == name =>
                {
                    Some(check)
                }
                _ => None,
            });
            let gone: Vec<&Check> = gone.collect();
            let connection = ground.trial_database.connection();
            let chooser =
                ground.wanted.table(name).map(|table| Chooser { connection, name, table, reads: table });
            chooser.is_some_and(|chooser| chooser.is_as_wide(new, &gone))
        };
        detected.iter().any(|detected| match detected {
            Detected::AddedConstraint { table, constraint: Constraint::Check(check) } => {
                !loosens(table, check)
            }
            Detected::AddedConstraint { .. } => true,
            Detected::AddedColumn { table, column } => {
                let has_to_refer = |table: &Table| {
                    let of_column = |key: &ForeignKey| key.columns.iter().any(|name| name.is(column));
                    let is_not_null = table.column(column).is_some_and(|column| column.not_null.is_some());
                    is_not_null && table.foreign_keys.iter().any(of_column)
                };
                ground.wanted.table(table).is_some_and(has_to_refer)
            }
            Detected::Added { kind: Kind::Index, name } => {
                let index = ground.wanted.object(Kind::Index, name).map(|index| index.definition());
                matches!(index, Some(Definition::Index(Index { unique: true, .. })))
            }
            _ => false,
        })
    }

    fn there_and_back(
        &self,
        ground: &Ground,
        means: Means,
        [mending, mending_back]: [Mending; 2],
    ) -> Result<Planned, Refusal> {
        let target = |renamed: &Schema| ground.target(self, renamed);
        let up = plan(&ground.trial_database, &Errand { means, mending, ..ground.upgrade(self, &target) })?;
        let current = taken(&ground.current, self.settings);
        let back = ground.renames.reversed();
        let target = |downgraded: &Schema| match means {
            Means::Alter => in_order_of(downgraded, &current, self.settings),
            // Statements that depend on the order of columns keep working.
            Means::Rebuild => current.clone(),
        };
        let errand = Errand {
            way: Way::Down,
            means,
            mending: mending_back,
            renames: &back,
            settings: self.settings,
            target: &target,
        };
        let down = plan(&ground.trial_database, &errand)?;
        Ok(Planned { up, down })
    }

    fn ground(&self) -> Result<Ground, Refusal> {
        let wanted = self.wanted.schema(self.options).map_err(|problems| Refusal::Target { problems })?;
        let trial_database = TrialDatabase::at_head(self.assembled, self.options)?;
        let current = trial_database.schema()?;
        let wanted = wanted.without_neighbours(&current);
        let sides = [&current, &wanted].map(|schema| taken(schema, self.settings));
        let [before, after] = &sides;
        let renames = if before == after {
            Renames::default()
        } else {
            Renames::find(before, after, &self.wanted.hints)
        };
        Ok(Ground { trial_database, current, wanted, renames })
    }

    /// Rule: a generated script passes the proof once a person has removed the questions. The
    /// losses and conflicting rows that the proof reports are applied to the plan, which is proved
    /// again.
    fn proved(
        &self,
        mut planned: Planned,
        draft: &Draft,
        folder: &Folder,
        refused: &mut Vec<Refused>,
    ) -> Result<Proved, Refusal> {
        for _ in 0..ROUNDS {
            let filled = planned.draft(draft);
            let text = without_reviews(&filled.to_string());
            let Err(problems) = self.prove(&filled, &text, folder) else {
                return Ok(Proved::whole(planned.generated(draft)));
            };
            match proof_feedback::apply(&mut planned, &text, &problems) {
                Outcome::Nothing => {
                    refused.push(Refused { planned, text, problems: problems.clone() });
                    return Err(Refusal::NotProved { problems });
                }
                Outcome::Rows { in_the_way } => {
                    refused.push(Refused { planned: planned.clone(), text, problems: problems.clone() });
                    return Ok(Proved { generated: planned.generated(draft), in_the_way, problems });
                }
                Outcome::Losses => {}
            }
        }
        let filled = planned.draft(draft);
        let text = without_reviews(&filled.to_string());
        let Err(problems) = self.prove(&filled, &text, folder) else {
            return Ok(Proved::whole(planned.generated(draft)));
        };
        refused.push(Refused { planned, text, problems: problems.clone() });
        Err(Refusal::NotProved { problems })
    }

    fn prove(&self, draft: &Draft, text: &str, folder: &Folder) -> Result<(), Vec<Problem>> {
        let mut folder = folder.clone();
        folder.problems.retain(|problem| !FolderFault::is_empty(problem));
        folder.files.push(File { path: draft.file_name(), bytes: text.as_bytes().to_vec() });
        let assembled = assemble(&folder, true).map_err(|faulty| faulty.problems)?;
        let lints = &self.options.lints;
        let options = Options {
            lints: if self.has_unproved() { lints.of_all_scripts() } else { lints.clone() },
            budget: Budget::default(),
            irreversible: Irreversible::All,
            new_references: NewReferences::Reported,
            ..self.options.clone()
        };
        prove(&assembled, &options).map(drop)
    }
}

/// How often losses that the proof reports are applied.
const ROUNDS: usize = 4;

/// A script, and the direction in which rows conflict with it.
struct Proved {
    generated: Generated,
    in_the_way: [Mending; 2],
    /// The problems with these rows.
    problems: Vec<Problem>,
}

impl Proved {
    fn whole(generated: Generated) -> Self {
        Self { generated, in_the_way: [Mending::No; 2], problems: Vec::new() }
    }
}

/// The plans of the upgrade and the downgrade.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) up: Plan,
    pub(super) down: Plan,
}

impl Planned {
    fn draft(&self, draft: &Draft) -> Draft {
        let filled = Filled {
            loses: self.up.losses.clone(),
            upgrade: section(&self.up.steps),
            downgrade: section(&self.down.steps),
        };
        Draft { filled: Some(filled), ..draft.clone() }
    }

    fn generated(self, draft: &Draft) -> Generated {
        let reviews = self.up.steps.iter().chain(&self.down.steps).map(|step| step.reviews.len()).sum();
        Generated { draft: self.draft(draft), detected: self.up.detected, reviews }
    }
}

/// Both schemas, and a scratch database at the current one.
struct Ground {
    trial_database: TrialDatabase,
    current: Schema,
    wanted: Schema,
    renames: Renames,
}

impl Ground {
    fn wish<'a>(&'a self, question: &Question<'a>) -> Wish<'a> {
        Wish { schema: &self.wanted, tables_only: question.wanted.tables_only, settings: question.settings }
    }

    fn target(&self, question: &Question<'_>, renamed: &Schema) -> Schema {
        expected(renamed, self.wish(question))
    }

    fn is_as_wanted(&self, question: &Question<'_>) -> bool {
        self.renames.all.is_empty() && changes(&self.current, self.wish(question)).is_empty()
    }

    fn upgrade<'a>(&'a self, question: &Question<'a>, target: &'a dyn Fn(&Schema) -> Schema) -> Errand<'a> {
        Errand {
            way: Way::Up,
            means: Means::Alter,
            mending: Mending::No,
            renames: &self.renames,
            settings: question.settings,
            target,
        }
    }
}
