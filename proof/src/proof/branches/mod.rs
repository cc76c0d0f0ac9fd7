//! Tries each branch alone, and the branches in different orders up to the point where they join.
//!
//! Not every database runs the scripts in canonical order, because one branch may be applied long
//! before another is written. Therefore, within each [`lines::Block`], each branch is upgraded and
//! downgraded alone. Then the branches are applied one after another in every rotation, up to the
//! revision that joins them or to the end of the chain. A merge point joins branches, and so does a
//! revision with `Depends On`. The schema must be the same each time. Only the order of columns may
//! differ, because it depends only on which branch came first.
//!
//! A linear chain costs nothing here. More than eight branches are tried only in reverse order, and
//! the number of trials is limited ([`RUNS_A_SCRIPT`], [`DEEPEST`]). A note reports that some
//! orders were not tried.

mod blame;
mod fault;
mod lines;
mod sandbox;

use std::collections::{BTreeMap, BTreeSet};

use aludel_core::chain::Assembled;
use aludel_core::graph::{Index, Set};
use aludel_core::problem::Problem;
use aludel_core::schema::{Changes, Key, describe};
use aludel_core::script::SectionKind;
use rusqlite::Result;

use self::fault::BranchFault;
use self::lines::{Block, blocks};
use self::sandbox::{Sandbox, Stop};
use super::references::Broken;
use super::{Options, ProofNote};

/// The maximum number of runs in all trials, per script in the chain. The limit is never lower than
/// [`LEAST_RUNS`].
const RUNS_A_SCRIPT: usize = 6;
const LEAST_RUNS: usize = 2000;

/// The maximum depth at which nested branches are tried.
const DEEPEST: usize = 24;

/// The maximum number of scripts that are tried to find the one that another script requires or
/// conflicts with.
const SUSPECTS: usize = 64;

/// Tries the branches of a chain.
///
/// `passed` lists the scripts that can run, in canonical order. A block that contains a script in
/// `faulty` is not tried, because that error must be fixed first.
pub(super) fn check(
    assembled: &Assembled,
    options: &Options,
    passed: &[Index],
    faulty: &Set,
) -> Result<Vec<Problem>> {
    let blocks = blocks(&assembled.graph, passed);
    let Some(last) = blocks.iter().rposition(Block::has_lines) else { return Ok(Vec::new()) };
    let runs = (passed.len() * RUNS_A_SCRIPT).max(LEAST_RUNS);
    let sandbox = Sandbox::open(&assembled.scripts, options, runs)?;
    let (problems, reported, tried) = (Vec::new(), BTreeSet::new(), Set::default());
    let is_too_deep = false;
    let mut branches =
        Branches { assembled, options, faulty, sandbox, problems, reported, tried, is_too_deep };
    branches.apply(blocks.get(..=last).unwrap_or_default())?;
    if branches.sandbox.is_exhausted() || branches.is_too_deep {
        branches.problems.push(Problem::overall(&ProofNote::NotAllOrders).into_note());
    }
    Ok(branches.problems)
}

struct Branches<'a> {
    assembled: &'a Assembled,
    options: &'a Options,
    faulty: &'a Set,
    sandbox: Sandbox<'a>,
    problems: Vec<Problem>,
    /// The scripts, or pairs of scripts, for which an error was reported.
    reported: BTreeSet<(Index, Option<Index>)>,
    /// The last revisions of the branches that were tried.
    tried: Set,
    is_too_deep: bool,
}

/// The result of applying scripts in one order.
struct Order {
    changes: Changes,
    /// The objects that each script changed.
    steps: Vec<(Index, Vec<Key>)>,
}

impl Branches<'_> {
    /// Applies blocks one after another. Tries the branches of each block before applying it.
    /// Returns `None` unless a script stops.
    fn apply(&mut self, blocks: &[Block<'_>]) -> Result<Option<Box<Stop>>> {
        for block in blocks {
            let is_sound = !block.members.iter().any(|index| self.faulty.contains(*index));
            let orders = if block.has_lines() && is_sound { self.try_block(block)? } else { Vec::new() };
            if orders.is_empty() {
                for index in block.members {
                    if let Err(stop) = self.sandbox.up(*index) {
                        return Ok(Some(stop));
                    }
                }
                continue;
            }
            match self.run_order(block.members)? {
                Ok(canonical) => orders.iter().for_each(|order| self.compare(&canonical, order)),
                Err(stop) => return Ok(Some(stop)),
            }
        }
        Ok(None)
    }

    fn try_block(&mut self, block: &Block<'_>) -> Result<Vec<Order>> {
        let lines = lines::lines(&self.assembled.graph, block);
        for line in &lines {
            let is_new = line.last().is_some_and(|tip| self.tried.insert(*tip));
            if is_new && !self.sandbox.is_done() {
                self.try_line(line, block.members.starts_with(line))?;
            }
        }
        let mut orders = Vec::new();
        for order in lines::orders(block, &lines) {
            if self.sandbox.is_done() {
                break;
            }
            if let Some(ran) = self.try_order(&order)? {
                orders.push(ran);
            }
        }
        Ok(orders)
    }

    /// Upgrades and downgrades one branch. The first branch in canonical order has already run
    /// alone.
    fn try_line(&mut self, line: &[Index], ran_alone: bool) -> Result<()> {
        let blocks = blocks(&self.assembled.graph, line);
        if ran_alone && !blocks.iter().any(Block::has_lines) {
            return Ok(());
        }
        if self.sandbox.depth() >= DEEPEST {
            self.is_too_deep = true;
            return Ok(());
        }
        self.sandbox.remember()?;
        let start = self.sandbox.applied().len();
        let mut stop = self.apply(&blocks)?;
        let made = self.sandbox.changes_since()?;
        let is_broken = stop.is_none() && !self.sandbox.broken(&made).is_empty();
        while stop.is_none() && self.sandbox.applied().len() > start {
            stop = self.sandbox.down().err();
        }
        let left = self.sandbox.difference_since()?;
        self.sandbox.stay()?;
        match stop {
            Some(stop) => self.report_failure_alone(line, *stop),
            None if is_broken || !left.is_empty() => self.find_what_is_left(line, true),
            None => Ok(()),
        }
    }

    /// Upgrades scripts in an order, and then downgrades them. Returns `None` if an upgrade fails.
    fn try_order(&mut self, order: &[Index]) -> Result<Option<Order>> {
        self.sandbox.remember()?;
        let ran = match self.run_order(order)? {
            Ok(ran) => ran,
            Err(stop) => {
                self.sandbox.go_back()?;
                return self.report_failure_after(order, *stop).map(|()| None);
            }
        };
        let stop = order.iter().find_map(|_| self.sandbox.down().err());
        let left = if stop.is_none() { self.sandbox.difference_since()? } else { Changes::default() };
        self.sandbox.stay()?;
        match stop {
            Some(stop) => self.report_failure_after(order, *stop)?,
            None if !left.is_empty() => self.find_what_is_left(order, false)?,
            None => {}
        }
        Ok(Some(ran))
    }

    /// Upgrades scripts in an order. Returns the changes of each.
    fn run_order(&mut self, order: &[Index]) -> Result<std::result::Result<Order, Box<Stop>>> {
        self.sandbox.changes()?;
        let mut ran = Order { changes: Changes::default(), steps: Vec::new() };
        for index in order {
            if let Err(stop) = self.sandbox.up(*index) {
                return Ok(Err(stop));
            }
            let changes = self.sandbox.changes()?;
            ran.steps.push((*index, changes.objects.keys().cloned().collect()));
            ran.changes = ran.changes.then(changes);
        }
        Ok(Ok(ran))
    }

    /// Finds the scripts that refer to missing objects in a branch, or that leave something behind
    /// after their downgrade. Runs the branch again, script by script.
    fn find_what_is_left(&mut self, line: &[Index], is_alone: bool) -> Result<()> {
        self.sandbox.remember()?;
        let mut steps: Vec<Changes> = Vec::new();
        for index in line {
            if self.sandbox.up(*index).is_err() {
                break;
            }
            let made = self.sandbox.changes()?;
            for Broken { object, message } in self.sandbox.broken(&made) {
                self.report_after(
                    *index,
                    SectionKind::Upgrade,
                    &BranchFault::BrokenAlone { object, message },
                );
            }
            steps.push(made);
        }
        while let (Some(made), Ok(Some(index))) = (steps.pop(), self.sandbox.down()) {
            let left = made.then(self.sandbox.changes()?);
            let left = self.sandbox.difference(left);
            if !left.is_empty() {
                let differences = describe(&left);
                let after = if is_alone { Vec::new() } else { self.others_before(line, index) };
                let fault = BranchFault::NotReversedBeside { after, differences };
                self.report_after(index, SectionKind::Downgrade, &fault);
            }
        }
        self.sandbox.go_back()
    }

    /// Checks that the schema does not depend on the order of the branches.
    fn compare(&mut self, canonical: &Order, tried: &Order) {
        let difference =
            self.sandbox.difference(reverse(canonical.changes.clone()).then(tried.changes.clone()));
        if difference.is_empty() {
            return;
        }
        let mut pairs: BTreeMap<(Index, Index), Changes> = BTreeMap::new();
        for (key, change) in difference.objects {
            let Some(pair) = self.pair_to_blame(&key, canonical, tried) else { continue };
            pairs.entry(pair).or_default().objects.insert(key, change);
        }
        for ((first, second), differences) in pairs {
            let is_new = [first, second].iter().all(|index| !self.reported.contains(&(*index, None)));
            if is_new && self.reported.insert((first, Some(second))) {
                self.report_order(first, second, describe(&differences));
            }
        }
    }

    /// Returns two scripts on different branches that change the same object. If only one script
    /// changes it, returns that script and one on another branch. Returns `None` if there is no
    /// such pair.
    fn pair_to_blame(&self, key: &Key, canonical: &Order, tried: &Order) -> Option<(Index, Index)> {
        let changed_it = |order: &Order| -> Vec<Index> {
            order.steps.iter().filter(|(_, keys)| keys.contains(key)).map(|(index, _)| *index).collect()
        };
        let all: BTreeSet<Index> = changed_it(canonical).into_iter().chain(changed_it(tried)).collect();
        let others =
            if all.len() > 1 { all.clone() } else { tried.steps.iter().map(|(index, _)| *index).collect() };
        let is_unrelated = |first: Index, second: Index| {
            let graph = &self.assembled.graph;
            !graph.ancestors([second]).contains(first) && !graph.ancestors([first]).contains(second)
        };
        let pairs = all
            .iter()
            .flat_map(|index| others.iter().map(move |other| (*index.min(other), *index.max(other))));
        let mut pairs = pairs.filter(|(first, second)| first < second);
        pairs.find(|(first, second)| is_unrelated(*first, *second))
    }
}

/// Returns the changes in reverse.
fn reverse(changes: Changes) -> Changes {
    let mut reversed = changes;
    for change in reversed.objects.values_mut() {
        std::mem::swap(&mut change.was, &mut change.is);
    }
    reversed
}
