//! Clients that send invalid data, send nothing, or never read.

use std::time::{Duration, Instant};

use crate::Outcome;
use crate::client::{photo, png};
use crate::process::{Home, PATIENCE, wait};

/// Creates a PNG whose header claims impossible dimensions.
fn bomb(width: u32, height: u32) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut bytes = png(1)?;
    let header = bytes.get_mut(16..24).ok_or("no header")?;
    header.copy_from_slice(&[width.to_be_bytes(), height.to_be_bytes()].concat());
    // The decoder rejects a header with a wrong checksum.
    let checksum = crc32(bytes.get(12..29).ok_or("no header")?);
    bytes.get_mut(29..33).ok_or("no checksum")?.copy_from_slice(&checksum.to_be_bytes());
    Ok(bytes)
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[test]
fn err_bodies_that_are_no_photos() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&["--max-pixels", "1000000"])?;
    let jpeg = photo(image::ImageFormat::Jpeg, 40, 30, 1)?;
    let cut = jpeg.get(..jpeg.len() - 2).unwrap_or_default().to_vec();
    for (why, body, status) in [
        ("nothing", Vec::new(), 415),
        ("a few bytes", b"\x89PNG".to_vec(), 415),
        ("a page", b"<html><script>alert(1)</script>".to_vec(), 415),
        ("a drawing with a script", b"<svg onload='alert(1)'/>".to_vec(), 415),
        ("a GIF without an image", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;".to_vec(), 422),
        ("garbage after the first bytes", b"\xff\xd8\xff\xe0garbage garbage garbage".to_vec(), 422),
        ("cut off", cut, 422),
        ("too many pixels", bomb(2000, 2000)?, 422),
        ("a bomb", bomb(i32::MAX as u32, i32::MAX as u32)?, 422),
        ("no pixels", bomb(0, 5)?, 422),
    ] {
        // The name and the header are wrong.
        let headers = [("Content-Type", "image/png")];
        let path = "/api/photos/a.png";
        let refused = server.connect()?.ask("PUT", path, &headers, &body)?;
        assert_eq!(refused.status, status, "{why}");
        assert!(refused.json()?.get("detail").is_some(), "{why}");
    }
    assert!(home.incoming()?.is_empty());
    assert!(home.contents()?.is_empty());
    Ok(())
}

#[test]
fn err_names_that_are_paths() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let long = "a".repeat(256);
    for name in
        ["..", ".", "%2e%2e", "..%2F..%2Fa.png", "..%5Ca.png", "a%00.png", "a%0A.png", "%FF.png", &long]
    {
        for method in ["PUT", "GET", "DELETE"] {
            let path = format!("/api/photos/{name}");
            let refused = server.connect()?.ask(method, &path, &[], &png(1)?)?;
            assert_eq!(refused.status, 400, "{method} {name}");
            assert!(refused.detail()?.starts_with("the name "), "{name}");
        }
    }
    for (method, path, status) in [
        ("PUT", "/api/photos/../../a.png", 404),
        ("PUT", "/api/photos/", 405),
        ("GET", "//api/photos/", 404),
        ("GET", "/uploads/.lock", 404),
        ("GET", "/api/photos/a.png/other", 404),
        ("POST", "/api/photos/a.png", 405),
        ("DELETE", "/", 405),
        ("POST", "/readyz", 405),
    ] {
        let refused = server.ask(method, path)?;
        assert_eq!(refused.status, status, "{method} {path}");
        assert_eq!(refused.header("allow").is_some(), status == 405, "{path}");
    }
    assert_eq!(server.ask("GET", "/nowhere")?.body, br#"{"detail":"Not Found"}"#);
    assert!(home.contents()?.is_empty());
    Ok(())
}

#[test]
fn err_heads_that_are_none() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let many = "X-More: x\r\n".repeat(200);
    for (head, status) in [
        ("GET / HTTP/1.1\r\nbad header\r\n\r\n".to_owned(), 400),
        ("G\0T / HTTP/1.1\r\n\r\n".to_owned(), 400),
        ("GET /a\0b HTTP/1.1\r\n\r\n".to_owned(), 400),
        (format!("GET / HTTP/1.1\r\n{many}\r\n"), 431),
        (format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(70_000)), 414),
        ("PUT /api/photos/a HTTP/1.1\r\nContent-Length: -1\r\n\r\n".to_owned(), 400),
        ("PUT /api/photos/a HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n".to_owned(), 400),
        ("GET /livez HTTP/1.1\r\n\r\n".to_owned(), 400),
        ("GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_owned(), 400),
        ("GET /livez HTTP/1.0\r\n\r\n".to_owned(), 200),
    ] {
        let mut client = server.connect()?;
        client.send(&head)?;
        let start: String = head.chars().take(40).collect();
        assert_eq!(client.reply(false)?.status, status, "{start:?}");
    }
    Ok(())
}

#[test]
fn err_bodies_over_the_limit() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&["--max-upload-bytes", "100000"])?;
    let head =
        "PUT /api/photos/a.png HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret of the tester\r\n";

    let mut announced = server.connect()?;
    announced.send(format!("{head}Expect: 100-continue\r\nContent-Length: 999999999999\r\n\r\n"))?;
    let refused = announced.reply(false)?;
    assert_eq!(refused.status, 413);
    assert_eq!(refused.detail()?, "Body is larger than 100000 bytes");

    let mut sent = server.connect()?;
    let mut large = png(1)?;
    large.resize(300_000, 0);
    sent.send(format!("{head}Content-Length: 300000\r\n\r\n"))?;
    sent.send(&large)?;
    assert_eq!(sent.reply(false)?.status, 413);

    let mut chunked = server.connect()?;
    chunked.send(format!("{head}Transfer-Encoding: chunked\r\n\r\n"))?;
    for piece in large.chunks(50_000) {
        chunked.send(format!("{:x}\r\n", piece.len()))?;
        chunked.send(piece)?;
        chunked.send("\r\n")?;
    }
    chunked.send("0\r\n\r\n")?;
    assert_eq!(chunked.reply(false)?.status, 413);

    large.truncate(100_000);
    assert_eq!(server.put("exactly.png", &large)?.status, 201);
    wait("cleaning up", || Ok(home.incoming()?.is_empty()))?;
    assert_eq!(home.contents()?.len(), 1);
    Ok(())
}

#[test]
fn clients_that_send_no_whole_head_are_cut_off() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&["--header-timeout", "0.5"])?;
    for start in [
        "",
        "G",
        "PRI",
        "GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret of the tester\r\nX-Slow: ",
    ] {
        let mut client = server.connect()?;
        client.send(start)?;
        let closed = client.closed_after()?;
        assert!(closed < Duration::from_secs(5), "{start:?}: {closed:?}");
    }
    let mut idle = server.connect()?;
    assert_eq!(idle.ask("GET", "/livez", &[], b"")?.status, 200);
    assert!(idle.closed_after()? < Duration::from_secs(5));
    Ok(())
}

#[test]
fn stalled_and_crawling_uploads_are_cut_off() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&["--body-idle-timeout", "0.5", "--body-timeout", "1.5"])?;
    let head = "PUT /api/photos/a.png HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret of the tester\r\nContent-Length: 5000\r\n\r\n";
    let start = png(1)?.get(..100).unwrap_or_default().to_vec();

    let mut stalled = server.connect()?;
    stalled.send(head)?;
    stalled.send(&start)?;
    let cut = stalled.reply(false)?;
    assert_eq!((cut.status, cut.detail()?), (408, "Request Timeout".to_owned()));
    assert_eq!(cut.header("connection"), Some("close"));
    stalled.closed_after()?;

    let mut crawling = server.connect()?;
    crawling.send(head)?;
    crawling.send(&start)?;
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE && crawling.send([0]).is_ok() {
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    wait("cleaning up", || Ok(home.incoming()?.is_empty()))
}

#[test]
fn an_upload_that_breaks_off_leaves_nothing() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let mut client = server.connect()?;
    client.send("PUT /api/photos/a.png HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret of the tester\r\nContent-Length: 5000\r\n\r\n")?;
    client.send(png(1)?.get(..100).unwrap_or_default())?;
    wait("the upload", || Ok(!home.incoming()?.is_empty()))?;
    drop(client);
    wait("cleaning up", || Ok(home.incoming()?.is_empty()))?;
    assert_eq!(server.ask("GET", "/api/photos/")?.body, b"[]");
    Ok(())
}

#[test]
fn a_client_that_does_not_read_is_cut_off() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&["--write-timeout", "0.5", "--max-connections", "1"])?;
    let mut bytes = png(1)?;
    bytes.resize(24 << 20, 0);
    let mut put = server.connect()?;
    assert_eq!(put.ask("PUT", "/api/photos/a.png", &[], &bytes)?.status, 201);
    drop(put);
    let mut lazy = server.connect()?;
    lazy.send("GET /api/photos/a.png HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret of the tester\r\n\r\n")?;
    // A response means that it has its turn. There is only one turn, so this response shows that
    // the client lost it.
    lazy.read(1)?;
    assert_eq!(server.ask("GET", "/api/photos/")?.status, 200);
    assert!(lazy.read_to_the_end()? < bytes.len());
    Ok(())
}

#[test]
fn a_client_that_reads_slowly_gets_its_photo() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&["--write-timeout", "1"])?;
    let mut bytes = png(1)?;
    bytes.resize(24 << 20, 0);
    assert_eq!(server.put("a.png", &bytes)?.status, 201);
    let mut slow = server.connect()?;
    slow.send("GET /api/photos/a.png HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret of the tester\r\nConnection: close\r\n\r\n")?;
    // Takes longer than the limit, with far less data than the kernel would buffer.
    let at_once = 64 << 10;
    for _ in 0..40 {
        slow.read(at_once)?;
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(40 * at_once + slow.read_to_the_end()? > bytes.len());
    Ok(())
}

#[test]
fn large_metadata_cost_little_memory() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let before = server.most_memory()?;
    let profile = [&b"\xff\xe2\xff\xffICC_PROFILE\0\x01\x01"[..], &vec![b'x'; 65_519]].concat();
    let mut bytes = photo(image::ImageFormat::Jpeg, 40, 30, 1)?;
    bytes.splice(2..2, profile.repeat(400));
    assert_eq!(server.put("a.jpg", &bytes)?.status, 201);
    let more = server.most_memory()? - before;
    assert!(more < bytes.len() as u64 / 2, "{more} bytes for a photo of {}", bytes.len());
    Ok(())
}

#[test]
fn running_out_of_files_is_survived_without_haste() -> Outcome {
    let home = Home::new()?;
    home.run(&["--migrate-only"])?;
    let server = home.serve_with_files(40)?;
    let crowd: Vec<_> = (0..60).map(|_| server.connect()).collect::<Result<_, _>>()?;
    wait("accepts that fail, each pause twice as long as the one before", || {
        let log = std::fs::read_to_string(home.path().join("server.log"))?;
        Ok(["10ms", "20ms", "40ms"].iter().all(|pause| log.contains(&format!("pause={pause}"))))
    })?;
    // The clients are idle, and are closed one by one.
    wait("an answer", || Ok(server.ask("GET", "/livez").is_ok_and(|reply| reply.status == 200)))?;
    drop(crowd);
    Ok(())
}

#[test]
fn what_is_no_photo_need_not_be_received() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&["--body-idle-timeout", "600"])?;
    let mut client = server.connect()?;
    client.send("PUT /api/photos/a.png HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret of the tester\r\nContent-Length: 5000000\r\n\r\n")?;
    client.send("<html>and nothing more")?;
    assert_eq!(client.reply(false)?.status, 415);
    Ok(())
}
