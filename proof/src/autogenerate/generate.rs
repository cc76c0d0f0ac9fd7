//! Generates a proved script that leads to a target schema.

use aludel_core::chain::{Assembled, assemble};
use aludel_core::folder::{File, Folder, FolderFault};
use aludel_core::guarded::Budget;
use aludel_core::schema::{Changes, Detected, Schema, describe};
use aludel_core::script::{Draft, Filled};

use super::baseline;
use super::fault::Refusal;
use super::feedback::Refused;
use super::operation::{Means, Way};
use super::plan::{Errand, ScriptPlan, plan};
use super::renames::Renames;
use super::schema_diff::schema_diff;
use super::trial_database::TrialDatabase;
use super::write::{section, without_reviews};
use crate::comparison::{Settings, Wish, changes, expected, in_order_of, taken};
use crate::proof::{Irreversible, NewReferences, Options, prove};
use crate::target_schema::TargetSchema;

/// A chain and the target schema for its head.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The chain.
    pub assembled: &'a Assembled,
    /// The target schema.
    pub wanted: &'a TargetSchema,
    /// The comparison settings.
    pub settings: &'a Settings,
    /// The limits for scratch databases.
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
    /// Describes the differences between the head and the schema of a database at the head.
    ///
    /// # Errors
    ///
    /// Returns an error if a script in the chain fails.
    pub fn drift(&self, database: &Schema) -> Result<Vec<String>, Refusal> {
        let head = TrialDatabase::at_head(self.assembled, self.options)?.schema()?;
        Ok(describe(&Changes::between(
            &taken(&head, self.settings),
            &taken(&database.without_neighbours(&head), self.settings),
        )))
    }

    /// Returns the changes that lead from the head to the target schema. The result is empty if the
    /// two are equal.
    ///
    /// # Errors
    ///
    /// Returns an error if the target schema or a script in the chain fails.
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

    /// Generates the script. Returns `None` if there is nothing to change. `draft` has the script's
    /// ID and its place in the chain, and `folder` has the other scripts.
    ///
    /// # Errors
    ///
    /// Returns an error if the target schema or a script in the chain fails, or if no script passes
    /// the proof.
    pub fn generate(&self, draft: &Draft, folder: &Folder) -> Result<Option<Generated>, Refusal> {
        self.generate_with(Means::Alter, draft, folder)
    }

    /// Generates the script by these means if possible. Returns `None` if there is nothing to
    /// change.
    pub(super) fn generate_with(
        &self,
        means: Means,
        draft: &Draft,
        folder: &Folder,
    ) -> Result<Option<Generated>, Refusal> {
        let ground = self.ground()?;
        if ground.is_as_wanted(self) {
            return Ok(None);
        }
        let baseline = self.has_unproved().then(|| baseline::folder(&ground.current, draft));
        let folder = baseline.as_ref().unwrap_or(folder);
        let generated = self.proved(&ground, means, (draft, folder))?.generated(draft);
        Ok(Some(generated).filter(|generated| !generated.detected.is_empty()))
    }

    /// Returns `true` if the proof does not run every script in the chain.
    fn has_unproved(&self) -> bool {
        self.assembled.scripts.iter().any(|script| script.header.unproved.is_some())
    }

    /// Plans the script and proves it. A generated script passes the proof once a person has
    /// removed the questions.
    ///
    /// A script that does not pass is corrected once. The corrected script declares the losses that
    /// the proof reports, replaces values that conflict with the downgrade, and rebuilds tables if
    /// `ALTER TABLE` did not restore the schema. If rows still conflict, each becomes a question.
    fn proved(
        &self,
        ground: &Ground,
        means: Means,
        (draft, folder): (&Draft, &Folder),
    ) -> Result<Planned, Refusal> {
        let (approach, planned) = self.first(ground, means)?;
        let mut first = match self.prove(planned, draft, folder) {
            Ok(planned) => return Ok(planned),
            Err(refused) => refused,
        };
        first.declare_losses();
        let better = Approach {
            means: if first.is_about_rows() { approach.means } else { Means::Rebuild },
            mends_back: first.has_rows_in_downgrade(),
        };
        let corrected =
            if better == approach { Ok(first.planned.clone()) } else { self.there_and_back(ground, better) };
        let Ok(mut corrected) = corrected else { return asked(first, None) };
        corrected.up.losses.clone_from(&first.planned.up.losses);
        match self.prove(corrected, draft, folder) {
            Ok(planned) => Ok(planned),
            Err(mut second) => {
                if second.declare_losses() {
                    asked(second, Some(first))
                } else {
                    Ok(second.planned)
                }
            }
        }
    }

    /// Plans the script by these means if possible. Which constraints are dropped with a column
    /// depends on where they were written, and a downgrade may change that.
    fn first(&self, ground: &Ground, means: Means) -> Result<(Approach, Planned), Refusal> {
        let with = |means| {
            let approach = Approach { means, mends_back: false };
            Ok((approach, self.there_and_back(ground, approach)?))
        };
        with(means).or_else(|_: Refusal| with(Means::Rebuild))
    }

    fn there_and_back(&self, ground: &Ground, approach: Approach) -> Result<Planned, Refusal> {
        ground.trial_database.trying(|| self.plan_both(ground, approach))?
    }

    fn plan_both(
        &self,
        ground: &Ground,
        Approach { means, mends_back }: Approach,
    ) -> Result<Planned, Refusal> {
        let target = |renamed: &Schema| ground.target(self, renamed);
        let up = plan(&ground.trial_database, &Errand { means, ..ground.upgrade(self, &target) })?;
        let current = taken(&ground.current, self.settings);
        let back = ground.renames.reversed();
        let target = |downgraded: &Schema| match means {
            Means::Alter => in_order_of(downgraded, &current, self.settings),
            // This keeps statements working that depend on the order of columns.
            Means::Rebuild => current.clone(),
        };
        let errand = Errand {
            way: Way::Down,
            means,
            mends: mends_back,
            renames: &back,
            settings: self.settings,
            target: &target,
        };
        let down = plan(&ground.trial_database, &errand)?;
        Ok(Planned { up, down })
    }

    fn ground(&self) -> Result<Ground, Refusal> {
        let trial_database = TrialDatabase::at_head(self.assembled, self.options)?;
        let current = trial_database.schema()?;
        let wanted = self.wanted.schema(&current, self.options);
        let wanted = wanted.map_err(|problems| Refusal::Target { problems })?;
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

    fn prove(&self, planned: Planned, draft: &Draft, folder: &Folder) -> Result<Planned, Box<Refused>> {
        let filled = planned.draft(draft);
        let text = without_reviews(&filled.to_string());
        let mut folder = folder.clone();
        folder.problems.retain(|problem| !FolderFault::is_empty(problem));
        folder.files.push(File { path: filled.file_name(), bytes: text.into_bytes() });
        let assembled = match assemble(&folder, true) {
            Ok(assembled) => assembled,
            Err(faulty) => {
                return Err(Box::new(Refused { planned, script: None, problems: faulty.problems }));
            }
        };
        let lints = &self.options.lints;
        let options = Options {
            lints: if self.has_unproved() { lints.of_all_scripts() } else { lints.clone() },
            budget: Budget::default(),
            irreversible: Irreversible::All,
            new_references: NewReferences::Reported,
            ..self.options.clone()
        };
        let Err(problems) = prove(&assembled, &options) else { return Ok(planned) };
        let path = filled.file_name();
        let script = assembled.scripts.iter().find(|script| script.source.path == path).cloned();
        Err(Box::new(Refused { planned, script, problems }))
    }
}

/// Turns problems into questions. Prefers the plan that has fewer problems.
fn asked(last: Box<Refused>, other: Option<Box<Refused>>) -> Result<Planned, Refusal> {
    let problems = last.problems.clone();
    let refusal =
        if last.is_about_rows() { Refusal::InTheWay { problems } } else { Refusal::NotProved { problems } };
    let mut refused: Vec<Box<Refused>> = other.into_iter().chain([last]).collect();
    refused.sort_by_key(|refused| refused.problems.len());
    refused.into_iter().find_map(|refused| refused.ask()).ok_or(refusal)
}

/// The parts of a plan that depend on the proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Approach {
    means: Means,
    /// `true` if the downgrade replaces values that its constraints reject.
    mends_back: bool,
}

/// The plans of the upgrade and the downgrade.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) up: ScriptPlan,
    pub(super) down: ScriptPlan,
}

impl Planned {
    fn draft(&self, draft: &Draft) -> Draft {
        let filled = Filled {
            loses: self.up.losses.clone(),
            upgrade: section(&self.up.operations),
            downgrade: section(&self.down.operations),
            ..Filled::default()
        };
        Draft { filled: Some(filled), ..draft.clone() }
    }

    fn generated(self, draft: &Draft) -> Generated {
        let reviews = self
            .up
            .operations
            .iter()
            .chain(&self.down.operations)
            .map(|operation| operation.reviews.len())
            .sum();
        Generated { draft: self.draft(draft), detected: self.up.detected, reviews }
    }
}

/// The current schema, the target schema, and a scratch database at the current schema.
struct Ground {
    trial_database: TrialDatabase,
    current: Schema,
    wanted: Schema,
    renames: Renames,
}

impl Ground {
    fn wish<'a>(&'a self, question: &Question<'a>) -> Wish<'a> {
        Wish { schema: &self.wanted, left_open: question.wanted.left_open(), settings: question.settings }
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
            mends: true,
            renames: &self.renames,
            settings: question.settings,
            target,
        }
    }
}
