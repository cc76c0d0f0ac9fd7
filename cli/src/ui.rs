//! The terminal. Results go to stdout, and progress and errors go to stderr. Colors are used only
//! on a terminal. Only this module prints.

use std::fmt::Display;
use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::sync::Mutex;
use std::time::Duration;

use aludel::{Progress, Step};
use aludel_core::escape;
use aludel_core::problem::{self, Problem, Style as Excerpt};
use anstream::{AutoStream, ColorChoice};
use clap::{Args, ValueEnum};
use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::error::Failure;
use crate::paint;
use crate::paint::{ERROR, HINT};
pub(crate) use crate::paint::{FIELD, ID, MARK};
use crate::view::step_line;

/// Output options, and the lock timeout.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output options")]
pub struct OutputOptions {
    /// Output format: text for people, JSON for programs
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        env = "ALUDEL_FORMAT",
        default_value = "text",
        hide_env_values = true
    )]
    format: Format,

    /// Print errors only; JSON results are still printed
    #[arg(short, long, global = true)]
    quiet: bool,

    /// Print more details about each revision
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,

    /// When to use colours; `auto` respects `NO_COLOR` and uses colours only on a terminal
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        env = "ALUDEL_COLOR",
        default_value = "auto",
        hide_env_values = true
    )]
    color: Color,

    /// How long to wait for the database lock [default: 30]
    #[arg(long, global = true, value_name = "SECONDS", env = "ALUDEL_LOCK_TIMEOUT", value_parser = seconds, hide_env_values = true)]
    lock_timeout: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl OutputOptions {
    /// Returns the lock timeout, or `None` if it is not set and the default of 30 seconds applies.
    pub(crate) fn lock_timeout(&self) -> Option<Duration> {
        self.lock_timeout
    }
}

/// Parses a number of seconds, such as `2` or `0.5`.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 =
        text.parse().map_err(|_| "expected a number of seconds, such as `2` or `0.5`".to_owned())?;
    Duration::try_from_secs_f64(number).map_err(|error| error.to_string())
}

/// Formats a number of things, such as `1 script` or `2 scripts`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// The output of a command.
pub(crate) struct Ui {
    out: AutoStream<io::Stdout>,
    err: AutoStream<io::Stderr>,
    format: Format,
    quiet: bool,
    verbose: bool,
    has_answered: bool,
    unwritten: Option<io::Error>,
}

impl Ui {
    pub(crate) fn new(output: &OutputOptions) -> Self {
        let choice = match output.color {
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
            Color::Auto => ColorChoice::Auto,
        };
        let OutputOptions { format, quiet, verbose, .. } = *output;
        let (out, err) = (AutoStream::new(io::stdout(), choice), AutoStream::new(io::stderr(), choice));
        Self { out, err, format, quiet, verbose, has_answered: false, unwritten: None }
    }

    /// Returns `true` if more details were requested.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Returns `true` if the output format is JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Prints a line of the result if the output format is text.
    pub(crate) fn print(&mut self, line: impl Display) {
        if !self.quiet && self.format == Format::Text {
            let written = writeln!(self.out, "{}", paint::line(&line.to_string()));
            self.keep(written);
        }
    }

    /// Prints several lines of the result.
    pub(crate) fn print_lines(&mut self, lines: impl IntoIterator<Item = impl Display>) {
        for line in lines {
            self.print(line);
        }
    }

    /// Prints multi-line text, such as SQL.
    pub(crate) fn print_text(&mut self, text: &str) {
        if !self.quiet && self.format == Format::Text {
            let written = writeln!(self.out, "{}", escape::block(text));
            self.keep(written);
        }
    }

    /// Prints a table with column headings.
    pub(crate) fn print_table<const COLUMNS: usize>(
        &mut self,
        header: [&str; COLUMNS],
        rows: impl IntoIterator<Item = [String; COLUMNS]>,
    ) {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(header);
        table.column_iter_mut().for_each(|column| {
            column.set_padding((0, 2));
        });
        table.add_rows(rows.into_iter().map(|row| row.map(|cell| escape::line(&cell).into_owned())));
        self.print_lines(table.trim_fmt().lines());
    }

    /// Prints the whole result in JSON format.
    pub(crate) fn json(&mut self, result: &impl Serialize) {
        if let Ok(text) = serde_json::to_string_pretty(result) {
            // Bypasses the stream that strips colors, because the text has none and may be long.
            let written = writeln!(io::stdout(), "{}", paint::json(&text));
            self.keep(written);
            self.has_answered = true;
        }
    }

    /// Prints a result that does not depend on the format, such as an SQL script.
    ///
    /// Writes the bytes unchanged, unless stdout is a terminal.
    pub(crate) fn raw(&mut self, text: &[u8]) {
        let mut out = io::stdout();
        let written = if out.is_terminal() {
            out.write_all(escape::block(&String::from_utf8_lossy(text)).as_bytes())
        } else {
            out.write_all(text)
        };
        self.keep(written);
        self.has_answered = true;
    }

    /// Prints a usage error as JSON.
    #[cfg(feature = "program")]
    pub(crate) fn print_usage(reported: &str, exit_code: i32) {
        let (reported, rest) = reported.split_once("\n\n").unwrap_or((reported, ""));
        let message = reported.trim_start_matches("error: ").trim_end();
        let answer = serde_json::json!({
            "ok": false,
            "error": { "message": message, "hint": rest.trim_end(), "exit_code": exit_code },
        });
        if let Ok(text) = serde_json::to_string_pretty(&answer) {
            let _ = writeln!(io::stdout(), "{}", paint::json(&text));
        }
    }

    /// Prints a usage error whose text is escaped, and exits.
    #[cfg(feature = "program")]
    pub(crate) fn end_usage(safe: &str, exit_code: i32) -> ! {
        let _ = write!(io::stderr(), "{safe}");
        std::process::exit(exit_code)
    }

    /// Stores a write error for later. A closed pipe is ignored, because a reader such as `head`
    /// may stop early.
    fn keep(&mut self, written: io::Result<()>) {
        if let Err(error) = written
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            self.unwritten.get_or_insert(error);
        }
    }

    /// Flushes the output, and returns the first write error.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        let written = self.out.flush();
        self.keep(written);
        self.unwritten.take().map_or(Ok(()), |source| Err(Failure::Unwritten { source }))
    }

    /// Prints a line on stderr, such as progress or a hint.
    pub(crate) fn note(&mut self, line: impl Display) {
        if !self.quiet {
            let _ = writeln!(self.err, "{}", paint::line(&line.to_string()));
        }
    }

    /// Prints findings with their excerpts as part of the result. If there are many, prints only
    /// the first ones.
    #[cfg(feature = "program")]
    pub(crate) fn findings(&mut self, problems: &[Problem], what: &str) {
        for text in rendered(problems, what) {
            let written = writeln!(self.out, "{text}\n");
            self.keep(written);
        }
    }

    /// Prints notes with their excerpts as part of the result.
    #[cfg(feature = "program")]
    pub(crate) fn remarks(&mut self, notes: &[Problem]) {
        if !self.quiet {
            self.findings(notes, "note");
        }
    }

    /// Prints an error and its hint. In JSON format this is the result, unless one was already
    /// printed.
    pub(crate) fn fail(&mut self, failure: &Failure) {
        for text in rendered(failure.problems(), "error") {
            let _ = writeln!(self.err, "{text}\n");
        }
        let (reported, excerpt) = failure.message_and_excerpt();
        let _ = writeln!(self.err, "{}", paint::line(&format!("{ERROR}error{ERROR:#}: {reported}")));
        if !excerpt.is_empty() {
            let _ = writeln!(self.err, "{}", escape::block(&excerpt));
        }
        if let Some(hint) = failure.hint() {
            let _ = writeln!(self.err, "{}", paint::line(&format!("{HINT}help{HINT:#}: {hint}")));
        }
        if self.is_json() && !self.has_answered {
            self.json(&failure.answer());
        }
    }

    /// Asks for confirmation. Returns `true` without asking if there is no terminal.
    pub(crate) fn confirm(&mut self, question: &str) -> bool {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return true;
        }
        let _ = write!(self.err, "{} [y/N] ", paint::line(question));
        let _ = self.err.flush();
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        read.is_ok() && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str())
    }

    /// Creates a progress reporter for a run.
    pub(crate) fn progress(&self, steps: usize) -> ProgressReporter {
        let shown = !self.quiet && steps >= STEPS_OF_A_LONG_RUN && io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(steps as u64), target);
        if let Ok(style) = ProgressStyle::with_template("{elapsed:>4} [{bar:30}] {pos}/{len} {wide_msg}") {
            bar.set_style(style);
        }
        if shown {
            // Keeps the elapsed time current while a long script runs.
            bar.enable_steady_tick(BETWEEN_LOOKS);
        }
        let choice = self.err.current_choice();
        let err = Mutex::new(AutoStream::new(io::stderr(), choice));
        ProgressReporter { bar, err, is_silent: self.quiet || shown }
    }
}

/// Formats the first findings with their excerpts, and the number of remaining findings.
fn rendered(problems: &[Problem], what: &str) -> Vec<String> {
    let (shown, more) = problem::first_of(problems);
    let shown = shown.iter().map(|problem| problem.render(Excerpt::Coloured));
    shown.chain(problem::and_more(more, what)).collect()
}

/// The interval at which the bar updates the elapsed time.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// The minimum number of scripts for which a run shows a progress bar.
const STEPS_OF_A_LONG_RUN: usize = 8;

/// Reports the progress of a run: one line per script, or a bar for a long run on a terminal.
pub(crate) struct ProgressReporter {
    bar: ProgressBar,
    err: Mutex<AutoStream<io::Stderr>>,
    is_silent: bool,
}

impl ProgressReporter {
    pub(crate) fn report(&self, progress: &Progress<'_>) {
        self.bar.set_position(progress.done as u64);
        let Some(step) = progress.step else { return self.bar.finish_and_clear() };
        let Step { direction, revision, message, .. } = step;
        self.bar.set_message(escape::line(&format!("{revision}, {message}")).into_owned());
        if !self.is_silent
            && let Ok(mut err) = self.err.lock()
        {
            let line = format!("Running {} {}", direction.word(), step_line(&step));
            let _ = writeln!(err, "{}", paint::line(&line));
        }
    }
}
