//! Environment variables that are set but empty.

/// Ignores environment variables that are set but empty.
///
/// A container or a unit file often cannot unset a variable.
#[must_use]
pub fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |name: &std::ffi::OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    command
        .mut_args(
            |argument| {
                if argument.get_env().is_some_and(is_empty) { argument.env(None) } else { argument }
            },
        )
        .mut_subcommands(without_empty_variables)
}
