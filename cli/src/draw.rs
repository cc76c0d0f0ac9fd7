//! Draws a history like `git log --graph`: one column per branch, newest revision first.
//!
//! Each column waits for a revision. After a row with `*`, further rows move its column toward the
//! columns of its down revisions. Branches that wait for the same revision are joined immediately.

/// A revision: its number, the numbers of its down revisions, and the text to show next to it.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) number: usize,
    pub(crate) down: Vec<usize>,
    pub(crate) text: Vec<String>,
}

/// Draws revisions. Each revision must precede its down revisions.
pub(crate) fn draw(commits: &[Commit]) -> Vec<String> {
    let mut columns: Vec<usize> = Vec::new();
    let mut rows = Vec::new();
    let mut ended = None;
    for commit in commits {
        let place = columns.iter().position(|waits| *waits == commit.number).unwrap_or_else(|| {
            columns.push(commit.number);
            let last = columns.len() - 1;
            if ended == Some(last) {
                // Without this row, a base and a head below it would look like a single branch.
                rows.push("| ".repeat(last));
            }
            last
        });
        columns = draw_commit(commit, place, &columns, &mut rows);
        ended = commit.down.is_empty().then_some(place);
    }
    rows
}

/// Draws a revision and the rows after it. Returns the revisions that the columns then wait for.
fn draw_commit(commit: &Commit, place: usize, columns: &[usize], rows: &mut Vec<String>) -> Vec<usize> {
    let further = commit.down.len().saturating_sub(1);
    let (left, right) = (place, columns.len() - place - 1);
    // The columns to the right make room for every branch of a merge point except the first two.
    let room = further.saturating_sub(1);
    if right > 0 {
        for step in 0..2 * room {
            rows.push(format!("{}|{}{}", "| ".repeat(left), " ".repeat(step + 1), "\\ ".repeat(right)));
        }
    }
    let star = if room == 0 { "* ".to_owned() } else { format!("*{}. ", "-".repeat(2 * room - 1)) };
    let row = format!("{}{star}{}", "| ".repeat(left), "| ".repeat(right));
    let width = 2 * columns.len().max(left + commit.down.len() + right);
    let mut lines = commit.text.iter();
    rows.push(format!("{row:<width$}{}", lines.next().map_or("", String::as_str)));
    if further > 0 {
        rows.push(format!("{}|{}{}", "| ".repeat(left), "\\ ".repeat(further), "\\ ".repeat(right)));
    }
    let edges: Vec<usize> = [columns.get(..place), Some(&*commit.down), columns.get(place + 1..)]
        .into_iter()
        .flatten()
        .flatten()
        .copied()
        .collect();
    let (cells, columns) = lead(&edges, commit.down.is_empty().then_some(place));
    let edge_row = row_of(&cells, '|');
    rows.extend(lines.map(|line| format!("{edge_row}{line}")));
    collapse(cells, rows);
    columns
}

/// Returns the cells that contain edges, each with its target column, and the revisions that the
/// columns wait for.
///
/// An edge that has ended leaves an empty cell.
fn lead(edges: &[usize], ended: Option<usize>) -> (Vec<Option<usize>>, Vec<usize>) {
    let mut columns: Vec<usize> = Vec::new();
    let mut cells: Vec<Option<usize>> = Vec::new();
    for (position, waits) in edges.iter().enumerate() {
        if ended == Some(position) {
            cells.extend([None, None]);
        }
        let column = columns.iter().position(|column| column == waits).unwrap_or_else(|| {
            columns.push(*waits);
            columns.len() - 1
        });
        cells.extend([Some(column), None]);
    }
    if ended == Some(edges.len()) {
        cells.extend([None, None]);
    }
    (cells, columns)
}

/// Moves edges to the left until each is in its column.
fn collapse(mut cells: Vec<Option<usize>>, rows: &mut Vec<String>) {
    while cells.iter().enumerate().any(|(cell, target)| target.is_some_and(|column| column != cell / 2)) {
        cells = step_left(&cells);
        rows.push(row_of(&cells, '/'));
    }
}

/// Formats a row of edges. Some have reached their column, and others are still moving to it.
fn row_of(cells: &[Option<usize>], on_its_way: char) -> String {
    let drawn = cells.iter().enumerate().map(|(cell, target)| match target {
        None => ' ',
        Some(column) if column * 2 == cell => '|',
        Some(_) => on_its_way,
    });
    drawn.collect()
}

/// Moves every edge that is not in its column by one cell.
///
/// An edge joins another edge with the same target column, and crosses any other edge.
fn step_left(cells: &[Option<usize>]) -> Vec<Option<usize>> {
    let mut moved: Vec<Option<usize>> = vec![None; cells.len()];
    for (cell, target) in cells.iter().enumerate() {
        let Some(column) = *target else { continue };
        let left_of_it =
            |distance: usize| cell.checked_sub(distance).and_then(|left| moved.get(left).copied());
        let goes_to = match left_of_it(1).flatten() {
            _ if column * 2 == cell => Some(cell),
            None => cell.checked_sub(1),
            Some(other) if other == column => None,
            Some(_) => cell.checked_sub(2).filter(|_| left_of_it(2).flatten().is_none()).or(Some(cell)),
        };
        if let Some(place) = goes_to.and_then(|place| moved.get_mut(place)) {
            *place = Some(column);
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::{Commit, draw};

    /// Draws revisions written as `"4: 3 2"`: revision 4, which revises 3 and 2.
    fn drawn(commits: &[&str]) -> String {
        let commits: Vec<Commit> = commits
            .iter()
            .filter_map(|text| {
                let (number, down) = text.split_once(':')?;
                let down = down.split_whitespace().filter_map(|down| down.parse().ok()).collect();
                Some(Commit { number: number.parse().ok()?, down, text: vec![number.to_owned()] })
            })
            .collect();
        draw(&commits).iter().map(|row| row.trim_end().to_owned() + "\n").collect()
    }

    #[test]
    fn a_chain_is_one_column() {
        insta::assert_snapshot!(drawn(&["3: 2", "2: 1", "1:"]), @r"
        * 3
        * 2
        * 1
        ");
    }

    #[test]
    fn a_diamond_opens_and_closes() {
        insta::assert_snapshot!(drawn(&["4: 2 3", "3: 1", "2: 1", "1:"]), @r"
        *   4
        |\
        | * 3
        * | 2
        |/
        * 1
        ");
    }

    #[test]
    fn branches_that_are_not_joined_stand_beside_each_other() {
        insta::assert_snapshot!(drawn(&["5: 4", "4: 1", "3: 2", "2: 1", "1:"]), @r"
        * 5
        * 4
        | * 3
        | * 2
        |/
        * 1
        ");
    }

    #[test]
    fn several_bases_end_where_they_begin() {
        insta::assert_snapshot!(drawn(&["4: 3", "3:", "2: 1", "1:"]), @r"
        * 4
        * 3

        * 2
        * 1
        ");
    }

    #[test]
    fn three_lines_meet_in_one_merge_point() {
        insta::assert_snapshot!(drawn(&["5: 2 3 4", "4: 1", "3: 1", "2: 1", "1:"]), @r"
        *-.   5
        |\ \
        | | * 4
        | * | 3
        | |/
        * | 2
        |/
        * 1
        ");
    }

    #[test]
    fn a_line_crosses_another() {
        insta::assert_snapshot!(drawn(&["6: 5", "5: 2", "4: 3", "3: 1", "7: 2", "2: 1", "1:"]), @r"
        * 6
        * 5
        | * 4
        | * 3
        | | * 7
        | |/
        |/|
        * | 2
        |/
        * 1
        ");
    }

    #[test]
    fn a_merge_point_beside_another_line() {
        insta::assert_snapshot!(drawn(&["6: 3 4", "5: 3 2 1", "4: 2", "3: 1", "2: 1", "1:"]), @r"
        *   6
        |\
        | | *-.   5
        | | |\ \
        | |/ / /
        |/| | |
        | * | | 4
        | |/ /
        * | | 3
        | |/
        |/|
        | * 2
        |/
        * 1
        ");
    }
}
