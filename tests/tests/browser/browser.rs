//! Controls a browser as a person would: elements are found by their visible text.

use std::cell::Cell;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::photo::Photo;
use crate::server::Server;
use crate::{accessibility, console};

/// The time limit for a step. It is longer than any step takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// The time between two checks.
const PAUSE: Duration = Duration::from_millis(50);

/// A script that returns `true` if no animation is running, except endless ones.
const IS_STILL: &str = "return document.getAnimations().every((animation) => \
    animation.playState !== 'running' || animation.effect.getComputedTiming().iterations === Infinity)";

/// A script that finds the visible button or link with this text or label, in a note or in the
/// topmost dialog, and marks it.
const MARK: &str = "
    document.querySelectorAll('[data-found]').forEach((found) => found.removeAttribute('data-found'));
    const dialog = [...document.querySelectorAll('dialog[open]')].at(-1);
    const places = [...document.querySelectorAll('.notes'), dialog ?? document];
    const all = places.flatMap((place) => [...place.querySelectorAll('button, a')]);
    const found = all.filter((it) => it.checkVisibility() && (it.textContent.trim() === arguments[0] || it.ariaLabel === arguments[0]));
    found.at(-1)?.setAttribute('data-found', '');
    return found.length > 0;";

/// The window of a browser.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window<'a> {
    /// The prefix of the names of its screenshots.
    pub(crate) name: &'a str,
    pub(crate) size: (u32, u32),
    pub(crate) is_phone: bool,
    pub(crate) is_dark: bool,
}

pub(crate) const DESKTOP: Window<'_> =
    Window { name: "desktop", size: (1280, 800), is_phone: false, is_dark: false };

/// A browser with its own profile. It ends when this value is dropped.
#[derive(Debug)]
pub(crate) struct Browser {
    client: Client,
    driver: Child,
    /// Kept open, so that the driver can write to it.
    _output: BufReader<ChildStdout>,
    _profile: TempDir,
    name: String,
    pictures: Cell<u8>,
}

impl Browser {
    /// Starts a browser.
    pub(crate) async fn start(window: Window<'_>) -> Result<Self, Box<dyn Error>> {
        let (driver, output, port) = start_driver()?;
        let profile = tempfile::tempdir()?;
        let capabilities = capabilities(window, profile.path());
        let capabilities = capabilities.as_object().cloned().ok_or("no capabilities")?;
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await?;
        Ok(Self {
            client,
            driver,
            _output: output,
            _profile: profile,
            name: window.name.to_owned(),
            pictures: Cell::new(0),
        })
    }

    /// Opens an address.
    pub(crate) async fn open(&self, url: &str) -> Result<(), Box<dyn Error>> {
        Ok(self.client.goto(url).await?)
    }

    /// Waits for an element.
    pub(crate) async fn see(&self, selector: &str) -> Result<Element, Box<dyn Error>> {
        self.wait_for(selector, &format!("return document.querySelector({}) !== null", json!(selector)))
            .await?;
        Ok(self.client.find(Locator::Css(selector)).await?)
    }

    /// Waits for text in the topmost dialog or in a note.
    pub(crate) async fn read(&self, text: &str) -> Result<(), Box<dyn Error>> {
        self.wait_for(text, &format!("return document.body.innerText.includes({})", json!(text))).await
    }

    /// Waits until this number of photos show their image.
    pub(crate) async fn see_photos(&self, number: usize) -> Result<(), Box<dyn Error>> {
        let script = format!("return document.querySelectorAll('.tile img.is-loaded').length === {number}");
        self.wait_for(&format!("{number} photos"), &script).await
    }

    /// Waits until all photos in or near the viewport show their image.
    pub(crate) async fn see_photos_near(&self) -> Result<(), Box<dyn Error>> {
        let script = "const tiles = [...document.querySelectorAll('.tile')]; \
                      return tiles.length > 0 && tiles.every((tile) => tile.querySelector('img.is-loaded'))";
        self.wait_for("photos", script).await
    }

    /// Clicks the button or link with this text.
    pub(crate) async fn click(&self, text: &str) -> Result<(), Box<dyn Error>> {
        self.wait(text, async || Ok(self.run(MARK, vec![json!(text)]).await? == json!(true))).await?;
        Ok(self.client.find(Locator::Css("[data-found]")).await?.click().await?)
    }

    /// Clicks the photo with this number, counted from 0.
    pub(crate) async fn click_photo(&self, number: usize) -> Result<(), Box<dyn Error>> {
        Ok(self.see(&format!(".tile[data-index='{number}'] a")).await?.click().await?)
    }

    /// Replaces the content of a field.
    pub(crate) async fn fill(&self, name: &str, text: &str) -> Result<(), Box<dyn Error>> {
        let field = self.see(&format!("[name={name}]")).await?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    /// Presses keys in the focused element.
    pub(crate) async fn press(&self, keys: &str) -> Result<(), Box<dyn Error>> {
        loop {
            match self.client.active_element().await?.send_keys(keys).await {
                // The page replaced the element after it was found, so no key was sent.
                Err(error) if error.is_stale_element_reference() => {}
                result => return Ok(result?),
            }
        }
    }

    /// Chooses files to upload.
    pub(crate) async fn choose(&self, files: &[&Path]) -> Result<(), Box<dyn Error>> {
        let paths: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        Ok(self.see("#files").await?.send_keys(&paths.join("\n")).await?)
    }

    /// Writes photos, and chooses them to upload.
    pub(crate) async fn choose_photos(
        &self,
        server: &Server,
        photos: &[Photo<'_>],
    ) -> Result<(), Box<dyn Error>> {
        let write = |photo: &Photo<'_>| photo.write(server.folder());
        let files = photos.iter().map(write).collect::<Result<Vec<_>, _>>()?;
        self.choose(&files.iter().map(PathBuf::as_path).collect::<Vec<_>>()).await
    }

    /// Uploads photos, and waits for their images.
    pub(crate) async fn upload(&self, server: &Server, photos: &[Photo<'_>]) -> Result<(), Box<dyn Error>> {
        self.choose_photos(server, photos).await?;
        self.read(&format!("{} photos added", photos.len())).await?;
        self.see_photos(photos.len()).await
    }

    /// Goes back, like the browser's back button.
    pub(crate) async fn back(&self) -> Result<(), Box<dyn Error>> {
        Ok(self.client.back().await?)
    }

    /// Runs a script.
    pub(crate) async fn run(&self, script: &str, arguments: Vec<Value>) -> Result<Value, Box<dyn Error>> {
        Ok(self.client.execute(script, arguments).await?)
    }

    /// Saves a screenshot of the window. Checks that nothing is wider than the window, and that axe
    /// finds no violations.
    pub(crate) async fn keep(&self, name: &str) -> Result<(), Box<dyn Error>> {
        self.wait_until_still().await?;
        let excess = self.run("return document.documentElement.scrollWidth - innerWidth", Vec::new()).await?;
        assert!(excess.as_f64().is_some_and(|excess| excess < 1.0), "{name} is {excess} pixels too wide");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
        std::fs::create_dir_all(&folder)?;
        let number = self.pictures.get() + 1;
        self.pictures.set(number);
        let file = folder.join(format!("{}-{number:02}-{name}.png", self.name));
        std::fs::write(file, self.client.screenshot().await?)?;
        accessibility::check(&self.client, &format!("{}: {name}", self.name)).await
    }

    /// Waits for transitions to end. Returns without an error if they do not end in time.
    async fn wait_until_still(&self) -> Result<(), Box<dyn Error>> {
        let begun = Instant::now();
        while self.run(IS_STILL, Vec::new()).await? != json!(true) && begun.elapsed() < PATIENCE {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Waits until a script returns `true`.
    pub(crate) async fn wait_for(&self, what: &str, script: &str) -> Result<(), Box<dyn Error>> {
        self.wait(what, async || Ok(self.run(script, Vec::new()).await? == json!(true))).await
    }

    async fn wait(
        &self,
        what: &str,
        is_there: impl AsyncFn() -> Result<bool, Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        let begun = Instant::now();
        while !is_there().await? {
            if begun.elapsed() > PATIENCE {
                self.keep("failed").await?;
                return Err(format!("waited in vain for `{what}`").into());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Checks the console, and closes the browser.
    pub(crate) async fn close(self) -> Result<(), Box<dyn Error>> {
        console::check(&self.client).await?;
        Ok(self.client.clone().close().await?)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Starts the driver on a free port, which the driver prints.
fn start_driver() -> Result<(Child, BufReader<ChildStdout>, u16), Box<dyn Error>> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("`chromedriver` cannot be run: {error}"))?;
    let mut output = BufReader::new(driver.stdout.take().ok_or("no stdout")?);
    let mut line = String::new();
    while output.read_line(&mut line)? > 0 {
        if let Some((_, port)) = line.trim_end().split_once("started successfully on port ") {
            return Ok((driver, output, port.trim_end_matches('.').parse()?));
        }
        line.clear();
    }
    Err("`chromedriver` did not print its port".into())
}

fn capabilities(window: Window<'_>, profile: &Path) -> Value {
    let mut arguments: Vec<String> = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--force-color-profile=srgb",
        "--lang=en-US",
    ]
    .map(str::to_owned)
    .to_vec();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    arguments.push(format!("--blink-settings=preferredColorScheme={}", u8::from(!window.is_dark)));
    let (width, height) = window.size;
    json!({
        "browserName": "chrome",
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": {
            "args": arguments,
            "mobileEmulation": { "deviceMetrics": {
                "width": width, "height": height, "pixelRatio": if window.is_phone { 2 } else { 1 },
                "touch": window.is_phone, "mobile": window.is_phone,
            } },
        },
    })
}
