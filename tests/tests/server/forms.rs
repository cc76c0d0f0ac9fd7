//! Photos that browsers upload in forms.

use crate::Outcome;
use crate::client::{Reply, png};
use crate::process::{Home, Server};

type Failed = Box<dyn std::error::Error>;

/// Formats a form. Each part consists of `Content-Disposition` parameters and data.
fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (parameters, data) in parts {
        body.extend_from_slice(
            format!(
                "--edge\r\nContent-Disposition: form-data; {parameters}\r\nContent-Type: text/html\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(data);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--edge--\r\n");
    body
}

fn post(server: &Server, content_type: &str, body: &[u8]) -> Result<Reply, Failed> {
    let headers = [("Content-Type", content_type)];
    server.connect()?.ask("POST", "/api/photos/upload", &headers, body)
}

const FORM: &str = "multipart/form-data; boundary=edge";

#[test]
fn a_form_brings_a_photo_as_a_put_does() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let body = form(&[
        ("name=\"title\"", b"ignored"),
        ("name=\"file\"; filename=\"a.png\"", &png(1)?),
        ("name=\"after\"", b"ignored"),
    ]);
    let first = post(&server, FORM, &body)?;
    assert_eq!(first.status, 201);
    assert_eq!(first.text("content_type")?, "image/png");
    assert_eq!(post(&server, FORM, &body)?.status, 200);
    assert_eq!(server.put("a.png", &png(1)?)?.status, 200);
    assert_eq!(server.ask("GET", "/api/photos/a.png")?.body, png(1)?);
    Ok(())
}

#[test]
fn a_photo_may_be_called_upload() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    assert_eq!(server.put("upload", &png(1)?)?.status, 201);
    assert_eq!(server.ask("GET", "/api/photos/upload")?.body, png(1)?);
    let refused = server.ask("PATCH", "/api/photos/upload")?;
    assert_eq!(refused.header("allow"), Some("GET, HEAD, PUT, POST, DELETE"));
    Ok(())
}

#[test]
fn err_forms_that_are_none() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&["--max-upload-bytes", "20000"])?;
    let photo = png(1)?;
    let file = "name=\"file\"; filename=\"a.png\"";
    let whole = form(&[(file, &photo)]);
    let cut = whole.get(..whole.len() - 12).unwrap_or_default();
    let large = vec![0x89; 30_000];
    let mut endless = b"--edge\r\nContent-Disposition: ".to_vec();
    endless.resize(1_000_000, b'x');
    for (why, content_type, body, status) in [
        ("no type", "text/plain", whole.clone(), 415),
        ("no boundary", "multipart/form-data", whole.clone(), 400),
        ("another boundary", "multipart/form-data; boundary=x", whole.clone(), 400),
        ("cut off", FORM, cut.to_vec(), 400),
        ("no file", FORM, form(&[("name=\"x\"", b"y")]), 422),
        ("no name", FORM, form(&[("name=\"file\"", &photo)]), 422),
        ("a path", FORM, form(&[("name=\"file\"; filename=\"../a.png\"", &photo)]), 400),
        ("no image", FORM, form(&[(file, b"<script>alert(1)</script>")]), 415),
        ("empty", FORM, form(&[(file, b"")]), 415),
        ("too large", FORM, form(&[(file, &[&photo[..], &large[..]].concat())]), 413),
        ("no end of headers", FORM, endless, 400),
    ] {
        let refused = post(&server, content_type, &body)?;
        assert_eq!(refused.status, status, "{why}");
        assert!(refused.json()?.get("detail").is_some(), "{why}");
    }
    assert_eq!(server.ask("GET", "/api/photos/")?.body, b"[]");
    assert!(home.incoming()?.is_empty());
    assert!(home.contents()?.is_empty());
    Ok(())
}

/// The file name is written as by old clients, and by clients that support only RFC 8187.
#[test]
fn err_a_file_whose_name_cannot_be_read() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let photo = png(1)?;
    let start = |name: &[u8]| {
        [b"--edge\r\nContent-Disposition: form-data; name=\"file\"; ", name, b"\r\n\r\n"].concat()
    };
    for name in [&b"filename=\"caf\xe9.png\""[..], b"filename*=UTF-8''caf%C3%A9.png"] {
        let refused = post(&server, FORM, &[&start(name)[..], &photo, b"\r\n--edge--\r\n"].concat())?;
        assert_eq!(refused.status, 422);
        let printed = refused.json()?.pointer("/detail/0/msg").cloned();
        assert_eq!(printed, Some("The part has no UTF-8 filename".into()));
    }
    Ok(())
}

#[test]
fn err_a_text_beside_the_photo_that_is_too_large() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let file = "name=\"file\"; filename=\"a.png\"";
    let body = form(&[("name=\"title\"", &vec![b'x'; 1_100_000]), (file, &png(1)?)]);
    let refused = post(&server, FORM, &body)?;
    assert_eq!((refused.status, refused.detail()?), (413, "Body is larger than 1048576 bytes".to_owned()));
    Ok(())
}

#[test]
fn err_part_headers_that_never_end() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let mut endless = b"--edge\r\nContent-Disposition: ".to_vec();
    endless.resize(6 << 20, b'x');
    let refused = post(&server, FORM, &endless)?;
    assert_eq!((refused.status, refused.detail()?), (413, "Form headers are too large".to_owned()));
    Ok(())
}
