//! The embedded files of the page, in `server/page/`.

/// Embeds files of the page by name.
macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../page/", $name)))),*]
    };
}

/// The HTML document.
pub(super) const DOCUMENT: &str = include_str!("../../page/index.html");

/// The files that the document loads, by name.
pub(super) const FILES: &[(&str, &[u8])] = embedded![
    "account.js",
    "actions.js",
    "album.js",
    "albums.js",
    "api.js",
    "arrange.js",
    "base.css",
    "brand.js",
    "chain-picture.js",
    "details.js",
    "dialog.js",
    "dom.js",
    "format.js",
    "gallery.js",
    "grid.css",
    "grid.js",
    "icon.svg",
    "layout.js",
    "library.js",
    "main.js",
    "migrations.css",
    "migrations.js",
    "notes.js",
    "overlays.css",
    "pages.css",
    "router.js",
    "schema-picture.js",
    "selection.js",
    "share.js",
    "shell.css",
    "shell.js",
    "source.js",
    "thumbnail.js",
    "tokens.css",
    "upload.js",
    "viewer.css",
    "viewer.js",
    "welcome.js",
];
