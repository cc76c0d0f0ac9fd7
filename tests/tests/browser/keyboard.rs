//! A whole visit that uses only the keyboard.

use std::error::Error;

use fantoccini::key::Key;
use serde_json::json;

use crate::Outcome;
use crate::browser::{Browser, DESKTOP};
use crate::photo::FIRST;
use crate::server::Server;

/// More stops than Tab has on any page.
const STOPS: usize = 60;

/// A script that describes the focused element, or returns `null` if the focus is not visible. The
/// grid marks the tile around a link, and text fields also have a border.
const FOCUS: &str = "
    const focused = document.activeElement;
    const name = (focused.labels?.[0]?.textContent || focused.ariaLabel || focused.textContent).trim();
    const tile = focused.closest('.tile');
    const isMarked = getComputedStyle(focused).outlineStyle !== 'none'
        || (tile && getComputedStyle(tile, '::after').borderStyle === 'solid');
    const { top, bottom, left, right } = focused.getBoundingClientRect();
    const isInside = bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
    return focused.matches(':focus-visible') && isMarked && isInside ? name : null;";

/// A script that returns `true` if the focus is in the topmost dialog, and not on the page behind
/// it.
const IS_IN_DIALOG: &str =
    "return [...document.querySelectorAll('dialog[open]')].at(-1).contains(document.activeElement)";

#[tokio::test]
async fn a_visit_with_the_keyboard_only() -> Outcome {
    let mut server = Server::start()?;
    let browser = Browser::start(DESKTOP).await?;
    register(&browser, &mut server).await?;
    // The dialog for files belongs to the browser, and a driver cannot reach it.
    browser.upload(&server, &FIRST).await?;
    favorite(&browser).await?;
    edit_details(&browser).await?;
    turn(&browser).await?;
    make_album(&browser).await?;
    undo(&browser).await?;
    arrange(&browser).await?;
    log_out(&browser).await?;
    browser.close().await
}

/// Registers: the first field has the focus, Tab moves to the others, and Enter submits the form.
async fn register(browser: &Browser, server: &mut Server) -> Outcome {
    let code = server.code()?;
    browser.open(&server.url).await?;
    browser.wait_for("the first field", "return document.activeElement.name === 'code'").await?;
    browser.press(&code).await?;
    for (label, text) in [("Username", "ada"), ("Email", "ada@example.org"), ("Password", "open sesame")] {
        tab_to(browser, label).await?;
        browser.press(text).await?;
    }
    press(browser, Key::Enter).await?;
    browser.read("No photos yet").await
}

/// Skips the navigation, opens the second photo, marks it as a favorite, and returns to it.
async fn favorite(browser: &Browser) -> Outcome {
    tab_to(browser, "Skip to content").await?;
    press(browser, Key::Enter).await?;
    tab_to(browser, "Select").await?;
    press(browser, Key::Tab).await?;
    press(browser, Key::Right).await?;
    assert!(focus(browser).await?.starts_with("DSCF4188.jpg"), "an arrow moves to the next photo");
    press(browser, Key::Enter).await?;
    browser.see(".viewer .preview.is-loaded").await?;
    wait_for_focus(browser, "Close").await?;
    tab_to(browser, "Favorite").await?;
    press(browser, Key::Enter).await?;
    browser.see(".viewer .is-favorite[aria-pressed=true]").await?;
    assert_eq!(focus(browser).await?, "Favorite");
    Ok(())
}

/// Opens and saves the form for the details. Each button that is removed passes the focus on.
async fn edit_details(browser: &Browser) -> Outcome {
    tab_to(browser, "Details").await?;
    press(browser, Key::Enter).await?;
    tab_to(browser, "Edit details").await?;
    for end in [Key::Enter, Key::Escape] {
        press(browser, Key::Enter).await?;
        browser.wait_for("the form", "return document.activeElement.name === 'title'").await?;
        press(browser, end).await?;
        wait_for_focus(browser, "Edit details").await?;
    }
    tab_to(browser, "Close details").await?;
    press(browser, Key::Enter).await?;
    wait_for_focus(browser, "Details").await
}

/// Turns to the last photo and back, with the buttons next to the photo. Checks that the viewer is
/// named after its photo, and announces the next one.
async fn turn(browser: &Browser) -> Outcome {
    tab_to(browser, "Next photo").await?;
    press(browser, Key::Enter).await?;
    wait_for_photo(browser, "DSCF4121.jpg", "DSCF4121.jpg, 3 of 3 photos").await?;
    wait_for_focus(browser, "Previous photo").await?;
    press(browser, Key::Enter).await?;
    wait_for_photo(browser, "DSCF4188.jpg", "DSCF4188.jpg, 2 of 3 photos").await?;
    wait_for_focus(browser, "Previous photo").await
}

async fn wait_for_photo(browser: &Browser, name: &str, announced: &str) -> Outcome {
    let script = format!(
        "const viewer = document.querySelector('.viewer'); \
         return viewer.ariaLabel === {} && viewer.querySelector('[aria-live]').textContent === {}",
        json!(name),
        json!(announced)
    );
    browser.wait_for(name, &script).await
}

/// Opens a dialog on top of an open photo, and checks that the dialog, and then the photo, return
/// the focus when closed.
async fn make_album(browser: &Browser) -> Outcome {
    tab_to(browser, "Add to album").await?;
    press(browser, Key::Enter).await?;
    browser.wait_for("the dialog", "return document.activeElement.name === 'title'").await?;
    browser.press("Summer").await?;
    stay_in_dialog(browser).await?;
    press(browser, Key::Escape).await?;
    wait_for_focus(browser, "Add to album").await?;
    press(browser, Key::Enter).await?;
    browser.wait_for("the dialog", "return document.activeElement.name === 'title'").await?;
    browser.press("Summer").await?;
    press(browser, Key::Enter).await?;
    browser.read("Added 1 photo to “Summer”").await?;
    wait_for_focus(browser, "Add to album").await?;
    press(browser, Key::Escape).await?;
    wait_for_focus(browser, "DSCF4188.jpg, ").await
}

/// Undoes an action with the button in a note. The note belongs to the topmost dialog, so Tab
/// reaches the button.
async fn undo(browser: &Browser) -> Outcome {
    press(browser, Key::Enter).await?;
    browser.see(".viewer .preview.is-loaded").await?;
    press(browser, Key::Delete).await?;
    browser.read("Moved 1 photo to the trash").await?;
    tab_to(browser, "Undo").await?;
    press(browser, Key::Enter).await?;
    browser.read("of 3 photos").await?;
    press(browser, Key::Escape).await?;
    browser.wait_for("the grid", "return document.querySelector('dialog[open]') === null").await?;
    browser.see_photos(3).await?;
    // Screen readers read the restored photo in its place, not after the others.
    let order = "return [...document.querySelectorAll('.tile')].map((tile) => Number(tile.dataset.index))";
    assert_eq!(browser.run(order, Vec::new()).await?, json!([0, 1, 2]));
    Ok(())
}

/// Selects all photos, adds them to the album, and changes their order.
async fn arrange(browser: &Browser) -> Outcome {
    browser.press(&format!("{}a{}", char::from(Key::Control), char::from(Key::Control))).await?;
    browser.read("3 selected").await?;
    tab_to(browser, "Add to album").await?;
    press(browser, Key::Enter).await?;
    browser.read("Add 3 photos to an album").await?;
    tab_to(browser, "Summer1 photo").await?;
    press(browser, Key::Enter).await?;
    browser.read("Added 3 photos to “Summer”").await?;
    // The button that opened the dialog is hidden, because nothing is selected any more.
    browser.wait_for("the focus on the photos", "return document.activeElement.id === 'main'").await?;
    tab_to(browser, "Albums").await?;
    press(browser, Key::Enter).await?;
    browser.see(".card-link").await?;
    tab_to(browser, "Summer").await?;
    press(browser, Key::Enter).await?;
    browser.see_photos(3).await?;
    tab_to(browser, "Arrange").await?;
    press(browser, Key::Enter).await?;
    tab_to(browser, "Move DSCF4121.jpg earlier").await?;
    press(browser, Key::Enter).await?;
    wait_for_focus(browser, "Move DSCF4121.jpg earlier").await?;
    tab_to(browser, "Save order").await?;
    press(browser, Key::Enter).await?;
    browser.see(".tile[data-index='1'] a[aria-label^='DSCF4121.jpg']").await?;
    Ok(())
}

async fn log_out(browser: &Browser) -> Outcome {
    tab_to(browser, "Account").await?;
    press(browser, Key::Enter).await?;
    browser.read("Access tokens").await?;
    tab_to(browser, "Log out").await?;
    press(browser, Key::Enter).await?;
    browser.wait_for("the form", "return document.activeElement.name === 'username'").await
}

/// Presses Tab until an element has the focus, and checks that the focus is visible at every stop
/// on the way.
async fn tab_to(browser: &Browser, name: &str) -> Outcome {
    let mut passed = Vec::new();
    for _ in 0..STOPS {
        press(browser, Key::Tab).await?;
        // After the last element, Tab leads to the browser itself.
        if is_outside(browser).await? {
            continue;
        }
        let focused = focus(browser).await?;
        if focused.starts_with(name) {
            return Ok(());
        }
        passed.push(focused);
    }
    Err(format!("Tab does not lead to `{name}`, but to {passed:#?}").into())
}

/// Returns the name of the focused element.
async fn focus(browser: &Browser) -> Result<String, Box<dyn Error>> {
    let name = browser.run(FOCUS, Vec::new()).await?;
    if let Some(name) = name.as_str() {
        return Ok(name.to_owned());
    }
    let element = browser.run("return document.activeElement.outerHTML", Vec::new()).await?;
    browser.keep("lost-focus").await?;
    Err(format!("nobody can see that this has the focus: {element}").into())
}

async fn is_outside(browser: &Browser) -> Result<bool, Box<dyn Error>> {
    Ok(browser.run("return document.activeElement === document.body", Vec::new()).await? == json!(true))
}

async fn wait_for_focus(browser: &Browser, name: &str) -> Outcome {
    let script = format!(
        "const {{ ariaLabel, textContent }} = document.activeElement; \
         return (ariaLabel || textContent).trim().startsWith({})",
        json!(name)
    );
    browser.wait_for(&format!("the focus on `{name}`"), &script).await
}

/// Presses Tab all the way around a dialog. Fails if the focus leaves the dialog for the page
/// behind it.
async fn stay_in_dialog(browser: &Browser) -> Outcome {
    for _ in 0..8 {
        press(browser, Key::Tab).await?;
        if !is_outside(browser).await? {
            assert_eq!(browser.run(IS_IN_DIALOG, Vec::new()).await?, json!(true));
        }
    }
    Ok(())
}

async fn press(browser: &Browser, key: Key) -> Outcome {
    browser.press(&key.to_string()).await
}
