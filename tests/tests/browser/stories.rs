//! Stories of how people use the page, on a desktop and on a phone.

use fantoccini::key::Key;
use serde_json::json;

use crate::Outcome;
use crate::browser::{Browser, DESKTOP, Window};
use crate::photo::{FIRST, Photo};
use crate::server::Server;

const PHONE: Window<'_> = Window { name: "phone", size: (390, 844), is_phone: true, is_dark: false };
const DARK: Window<'_> = Window { name: "dark-desktop", size: (1280, 800), is_phone: false, is_dark: true };
const DARK_PHONE: Window<'_> = Window { name: "dark-phone", size: (390, 844), is_phone: true, is_dark: true };

/// The number of additional photos, enough to make the page scroll.
const FURTHER: u16 = 32;

#[tokio::test]
async fn a_desktop() -> Outcome {
    story(DESKTOP).await
}

#[tokio::test]
async fn a_phone() -> Outcome {
    story(PHONE).await
}

#[tokio::test]
async fn a_dark_desktop() -> Outcome {
    story(DARK).await
}

#[tokio::test]
async fn a_dark_phone() -> Outcome {
    story(DARK_PHONE).await
}

/// Without this test, nobody would notice if axe checked nothing.
#[tokio::test]
async fn axe_finds_a_picture_without_text_and_a_low_contrast() -> Outcome {
    let server = Server::start()?;
    let browser = Browser::start(PHONE).await?;
    browser.open(&server.url).await?;
    browser.read("Create the first account").await?;
    let spoil = "document.querySelector('main').insertAdjacentHTML('beforeend', \
                 '<img src=\"/favicon.ico\"><p id=\"pale\">Pale</p>'); \
                 document.querySelector('#pale').style.color = '#ddd'";
    browser.run(spoil, Vec::new()).await?;
    let found = browser.keep("spoiled").await.err().ok_or("axe found nothing")?.to_string();
    assert!(found.contains("image-alt") && found.contains("color-contrast: #pale"), "{found}");
    Ok(())
}

/// Runs the whole story, from the first visit to the trash.
async fn story(window: Window<'_>) -> Outcome {
    let mut server = Server::start()?;
    let browser = Browser::start(window).await?;
    register(&browser, &mut server).await?;
    upload_first(&browser, &server).await?;
    look_at_one(&browser).await?;
    upload_again(&browser, &server).await?;
    scroll(&browser, &server).await?;
    find(&browser, &server).await?;
    share(&browser, &server, window).await?;
    throw_away_and_restore(&browser, &server).await?;
    purge(&browser, &server).await?;
    look_at_the_rest(&browser, &server).await?;
    look_at_a_moved_database(&browser, &server).await?;
    log_out_and_in(&browser, &server).await?;
    lose_the_server(&browser, server).await?;
    browser.close().await
}

async fn register(browser: &Browser, server: &mut Server) -> Outcome {
    let code = server.code()?;
    browser.open(&server.url).await?;
    browser.read("Create the first account").await?;
    browser.keep("first-visit").await?;
    for (name, text) in
        [("code", "00000-00000-00000-00000"), ("username", "ada"), ("email", "ada@example.org")]
    {
        browser.fill(name, text).await?;
    }
    browser.fill("password", "open sesame").await?;
    browser.click("Create account").await?;
    browser.read("needs the code").await?;
    browser.keep("wrong-code").await?;
    browser.fill("code", &code).await?;
    browser.click("Create account").await?;
    browser.read("No photos yet").await?;
    browser.keep("no-photos").await
}

async fn upload_first(browser: &Browser, server: &Server) -> Outcome {
    browser.upload(server, &FIRST).await?;
    browser.read("July 2026").await?;
    browser.keep("uploaded").await?;
    browser.click("Close").await
}

async fn upload_again(browser: &Browser, server: &Server) -> Outcome {
    let not_a_photo = server.folder().join("letter.jpg");
    std::fs::write(&not_a_photo, "Dear Grace,")?;
    let [first, ..] = FIRST;
    let known = server.folder().join(first.name);
    browser.choose(&[&known, &not_a_photo]).await?;
    browser.read("1 already here, 1 refused").await?;
    browser.keep("refused").await?;
    browser.click("Close").await?;
    browser.see_photos(3).await
}

async fn look_at_one(browser: &Browser) -> Outcome {
    browser.click_photo(0).await?;
    browser.see(".viewer .preview.is-loaded").await?;
    browser.read("1 of 3 photos").await?;
    browser.keep("one-photo").await?;
    browser.click("Details").await?;
    browser.read("July 14, 2026 at 9:40 PM").await?;
    browser.read("Show on OpenStreetMap").await?;
    browser.keep("details").await?;
    browser.click("Edit details").await?;
    browser.fill("title", "Evening above the fjord").await?;
    browser.fill("description", "The last light, seen from the hut.").await?;
    browser.fill("keywords", "norway, evening").await?;
    browser.keep("edit").await?;
    browser.click("Save").await?;
    browser.read("Evening above the fjord").await?;
    browser.click("Favorite").await?;
    browser.see(".viewer .is-favorite[aria-pressed=true]").await?;
    browser.keep("edited").await?;
    browser.click("Close details").await?;
    browser.press(&Key::Right.to_string()).await?;
    browser.read("2 of 3 photos").await?;
    browser.press(&Key::Escape.to_string()).await?;
    browser.wait_for("the grid", "return document.querySelector('dialog[open]') === null").await?;
    // The photo that was open has the focus.
    browser
        .wait_for("the focus", "return document.activeElement.closest('.tile')?.dataset.index === '1'")
        .await?;
    browser.see(".tile[data-index='0'] .heart").await?;
    Ok(())
}

async fn scroll(browser: &Browser, server: &Server) -> Outcome {
    let names: Vec<String> = (0..FURTHER).map(|number| format!("DSCF{}.jpg", 3900 - number)).collect();
    let taken: Vec<String> = (0..FURTHER)
        .map(|number| format!("2026:{:02}:{:02} 12:00:00", 5 - number / 12, 28 - number % 12 * 2))
        .collect();
    let further: Vec<Photo<'_>> = names
        .iter()
        .zip(&taken)
        .enumerate()
        .map(|(number, (name, taken))| {
            let size =
                [(300, 200), (200, 300), (300, 200), (240, 240), (480, 200)].into_iter().cycle().nth(number);
            Photo {
                name,
                size: size.unwrap_or_default(),
                taken,
                seed: u16::try_from(number).unwrap_or_default() + 3,
            }
        })
        .collect();
    browser.choose_photos(server, &further).await?;
    browser.keep("uploading").await?;
    browser.read(&format!("{FURTHER} photos added")).await?;
    browser.click("Close").await?;
    browser.open(&server.url).await?;
    browser.see_photos_near().await?;
    browser.keep("photos").await?;
    let shift = "const observer = new PerformanceObserver(() => {}); \
                 observer.observe({ type: 'layout-shift', buffered: true }); \
                 return observer.takeRecords().reduce((sum, { value }) => sum + value, 0)";
    let shift = browser.run(shift, Vec::new()).await?;
    assert!(shift.as_f64().is_some_and(|shift| shift < 0.05), "the layout shifted by {shift}");
    browser.run("scrollTo(0, document.documentElement.scrollHeight)", Vec::new()).await?;
    let last = usize::from(FURTHER) + FIRST.len() - 1;
    browser.see(&format!(".tile[data-index='{last}'] img.is-loaded")).await?;
    let is_bounded =
        browser.run("return document.querySelector(\".tile[data-index='0']\") === null", Vec::new()).await?;
    assert_eq!(is_bounded, json!(true), "photos that are far away are elements");
    browser.keep("scrolled").await
}

async fn find(browser: &Browser, server: &Server) -> Outcome {
    browser.fill("q", "norway").await?;
    browser.press(&Key::Enter.to_string()).await?;
    browser.see_photos(1).await?;
    browser.read("1 photo").await?;
    browser.keep("found").await?;
    browser.open(&format!("{}/search?q=sunrise", server.url)).await?;
    browser.read("Nothing found").await?;
    browser.keep("nothing-found").await?;
    browser.click("Favorites").await?;
    browser.see_photos(1).await?;
    browser.keep("favorites").await
}

async fn share(browser: &Browser, server: &Server, window: Window<'_>) -> Outcome {
    browser.open(&server.url).await?;
    browser.see_photos_near().await?;
    browser.click("Select").await?;
    for photo in 0..3 {
        browser.click_photo(photo).await?;
    }
    browser.read("3 selected").await?;
    browser.keep("selected").await?;
    browser.click("Add to album").await?;
    browser.fill("title", "Summer in Norway").await?;
    browser.keep("add-to-album").await?;
    browser.click("Create album").await?;
    browser.click("Show album").await?;
    browser.see_photos(3).await?;
    browser.keep("album").await?;
    browser.click("Arrange").await?;
    browser.click("Move DSCF4188.jpg earlier").await?;
    browser.keep("arrange").await?;
    browser.click("Save order").await?;
    browser.see(".tile[data-index='0'] a[aria-label^='DSCF4188.jpg']").await?;
    browser.click("Share").await?;
    browser.click("Create link").await?;
    let link = browser.see(".copy input").await?.prop("value").await?.ok_or("no link")?;
    browser.keep("link").await?;
    browser.click("Close").await?;

    let name = format!("{}-guest", window.name);
    let other = Browser::start(Window { name: &name, ..window }).await?;
    other.open(&link).await?;
    other.see_photos(3).await?;
    other.read("Summer in Norway").await?;
    other.keep("shared").await?;
    other.click_photo(2).await?;
    other.see(".viewer .preview.is-loaded").await?;
    other.keep("shared-photo").await?;
    other.open(&format!("{}/s/guess", server.url)).await?;
    other.read("This link does not work").await?;
    other.keep("no-such-link").await?;
    other.open(&server.url).await?;
    other.read("Log in").await?;
    other.keep("log-in").await?;
    other.close().await?;

    browser.open(&format!("{}/albums", server.url)).await?;
    browser.read("Summer in Norway").await?;
    browser.see(".cover img").await?;
    browser.keep("albums").await
}

async fn throw_away_and_restore(browser: &Browser, server: &Server) -> Outcome {
    browser.open(&server.url).await?;
    browser.see_photos_near().await?;
    browser.click_photo(0).await?;
    browser.see(".viewer .preview.is-loaded").await?;
    browser.click("Move to trash").await?;
    browser.read("Moved 1 photo to the trash").await?;
    browser.back().await?;
    browser.open(&format!("{}/trash", server.url)).await?;
    browser.see_photos(1).await?;
    browser.keep("trash").await?;
    browser.click("Select").await?;
    browser.click_photo(0).await?;
    browser.click("Restore").await?;
    browser.read("The trash is empty").await?;
    browser.keep("restored").await?;
    browser.open(&server.url).await?;
    browser.see(".tile[data-index='0'] a[aria-label^='Evening above the fjord']").await?;
    Ok(())
}

async fn look_at_the_rest(browser: &Browser, server: &Server) -> Outcome {
    browser.press("?").await?;
    browser.read("Move to the trash").await?;
    browser.keep("keys").await?;
    browser.click("Close").await?;
    for (address, text, name) in [
        ("account", "Access tokens", "account"),
        ("admin/migrations", "Scope photos to their owners", "migrations"),
        ("nowhere-else", "Page not found", "nowhere"),
    ] {
        browser.open(&format!("{}/{address}", server.url)).await?;
        browser.read(text).await?;
        browser.keep(name).await?;
    }
    Ok(())
}

/// Deletes the last photo, using only the keyboard.
async fn purge(browser: &Browser, server: &Server) -> Outcome {
    browser.open(&server.url).await?;
    browser.see_photos_near().await?;
    browser.run("document.querySelector(\".tile[data-index='0'] a\").focus()", Vec::new()).await?;
    for key in [&Key::End, &Key::Space, &Key::Delete] {
        browser.press(&key.to_string()).await?;
    }
    browser.read("Moved 1 photo to the trash").await?;
    browser.open(&format!("{}/trash", server.url)).await?;
    browser.see_photos(1).await?;
    browser.run("document.querySelector('.tile a').focus()", Vec::new()).await?;
    browser.press(&Key::Delete.to_string()).await?;
    browser.read("Delete 1 photo permanently?").await?;
    browser.keep("purge").await?;
    // The harmless answer has the focus, and the keys stay in the dialog.
    browser.press(&Key::Tab.to_string()).await?;
    browser.press(&Key::Enter.to_string()).await?;
    browser.read("The trash is empty").await?;
    browser.read("Deleted 1 photo").await
}

/// Looks at the page after another process has reverted a migration while the server runs.
async fn look_at_a_moved_database(browser: &Browser, server: &Server) -> Outcome {
    server.command(&["db", "downgrade", "-1"])?;
    browser.open(&format!("{}/admin/migrations", server.url)).await?;
    browser.read("Another process downgraded the database").await?;
    browser.read("The database lacks these revisions").await?;
    browser.keep("moved").await?;
    browser.run("document.querySelector('.schema').scrollIntoView()", Vec::new()).await?;
    browser.keep("schema").await?;
    server.command(&["db", "upgrade", "head"])?;
    browser.run("scrollTo(0, 0)", Vec::new()).await?;
    browser.click("Refresh").await?;
    browser.read("The database is at the head.").await
}

async fn log_out_and_in(browser: &Browser, server: &Server) -> Outcome {
    browser.open(&format!("{}/account", server.url)).await?;
    browser.click("Log out").await?;
    browser.fill("username", "ada").await?;
    browser.fill("password", "open barley").await?;
    browser.press(&Key::Enter.to_string()).await?;
    browser.see(".form-error:not([hidden])").await?;
    browser.keep("wrong-password").await?;
    browser.fill("password", "open sesame").await?;
    browser.press(&Key::Enter.to_string()).await?;
    browser.see_photos_near().await
}

async fn lose_the_server(browser: &Browser, server: Server) -> Outcome {
    drop(server);
    browser.click("Albums").await?;
    browser.read("The server cannot be reached").await?;
    browser.keep("no-server").await
}
