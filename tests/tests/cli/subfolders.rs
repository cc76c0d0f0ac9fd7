//! Scripts in subfolders.

use tests::TestResult;

use crate::program::Workplace;

#[test]
fn scripts_may_be_in_subfolders_if_the_settings_say_so() -> TestResult {
    let here = Workplace::chain()?;
    std::fs::create_dir_all(here.scratch.path("migrations/2026/01"))?;
    std::fs::rename(here.script("c3")?, here.scratch.path("migrations/2026/01/c3.sql"))?;
    let printed = here.refused("upgrade head")?;
    assert!(
        printed.contains("`migrations/2026/01/c3.sql` is in a subfolder, and subfolders are not read"),
        "{printed}"
    );
    assert!(printed.contains("`recursive = true`"), "{printed}");
    std::fs::write(here.scratch.path("aludel.toml"), "recursive = true\n")?;
    assert!(here.printed("upgrade head")?.ends_with("the database is at c3\n"));
    assert!(here.printed("revision -m goes_on --rev-id d4")?.contains("migrations/2026/01/"));
    assert!(
        here.printed("revision -m aside --rev-id e5 --head b2 --splice")?.contains("Generating migrations/2")
    );
    assert!(here.printed("show c3")?.contains("migrations/2026/01/c3.sql"));
    Ok(())
}
