//! Stopping a server while it serves.

use std::time::{Duration, Instant};

use crate::Outcome;
use crate::client::{Client, png};
use crate::process::{Home, Server, wait};

/// Sends all but the last byte of an upload, and returns that byte.
fn begun(
    home: &Home,
    server: &Server,
    bytes: &[u8],
) -> Result<(Client, Vec<u8>), Box<dyn std::error::Error>> {
    let mut client = server.connect()?;
    let (start, end) = bytes.split_at(bytes.len() - 1);
    client.send(format!(
        "PUT /api/photos/a.png HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret of the tester\r\nContent-Length: {}\r\n\r\n",
        bytes.len()
    ))?;
    client.send(start)?;
    wait("the upload", || Ok(!home.incoming()?.is_empty()))?;
    Ok((client, end.to_vec()))
}

#[test]
fn an_idle_server_stops_at_once() -> Outcome {
    for signal in ["TERM", "INT"] {
        let home = Home::new()?;
        let mut server = home.serve(&[])?;
        let mut idle = server.connect()?;
        assert_eq!(idle.ask("GET", "/livez", &[], b"")?.status, 200);
        let begun = Instant::now();
        server.signal(signal)?;
        assert_eq!(server.ended()?.code(), Some(0));
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
    Ok(())
}

#[test]
fn requests_in_flight_are_finished_and_new_ones_refused() -> Outcome {
    let home = Home::new()?;
    let mut server = home.serve(&[])?;
    let (mut client, end) = begun(&home, &server, &png(1)?)?;
    server.signal("TERM")?;
    wait("the listener's end", || Ok(server.connect().is_err()))?;
    client.send(end)?;
    assert_eq!(client.reply(false)?.status, 201);
    assert_eq!(server.ended()?.code(), Some(0));
    let server = home.serve(&[])?;
    assert_eq!(server.ask("GET", "/api/photos/a.png")?.body, png(1)?);
    Ok(())
}

#[test]
fn readiness_goes_first_then_the_listener_then_the_requests_in_flight() -> Outcome {
    let home = Home::new()?;
    let mut server = home.serve(&["--shutdown-delay", "5"])?;
    let (mut client, end) = begun(&home, &server, &png(1)?)?;
    server.signal("TERM")?;
    wait("/readyz to say so", || Ok(server.ask("GET", "/readyz")?.status == 503))?;
    assert_eq!(server.ask("GET", "/readyz")?.text("status")?, "stopping");
    assert_eq!(server.ask("GET", "/livez")?.status, 200);
    assert_eq!(server.ask("GET", "/api/photos")?.status, 200);
    wait("the listener's end", || Ok(server.connect().is_err()))?;
    client.send(end)?;
    assert_eq!(client.reply(false)?.status, 201);
    assert_eq!(server.ended()?.code(), Some(0));
    Ok(())
}

#[test]
fn a_second_signal_does_not_wait_for_readiness_to_be_heard_of() -> Outcome {
    let home = Home::new()?;
    let mut server = home.serve(&["--shutdown-delay", "600"])?;
    server.signal("TERM")?;
    wait("/readyz to say so", || Ok(server.ask("GET", "/readyz")?.status == 503))?;
    server.signal("TERM")?;
    assert_eq!(server.ended()?.code(), Some(143));
    Ok(())
}

#[test]
fn requests_that_never_end_are_cut_off_at_the_deadline() -> Outcome {
    let home = Home::new()?;
    let mut server = home.serve(&["--drain-timeout", "0.5", "--log", "off"])?;
    let (_client, _) = begun(&home, &server, &png(1)?)?;
    let mut half = server.connect()?;
    half.send("GET / HTTP/1.1\r\n")?;
    let begun = Instant::now();
    server.signal("TERM")?;
    assert_eq!(server.ended()?.code(), Some(1));
    assert!(begun.elapsed() >= Duration::from_millis(500));
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(home.incoming()?.is_empty());
    Ok(())
}

#[test]
fn a_second_signal_ends_at_once() -> Outcome {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let home = Home::new()?;
        let mut server = home.serve(&["--drain-timeout", "600"])?;
        let (_client, _) = begun(&home, &server, &png(1)?)?;
        server.signal(signal)?;
        wait("the listener's end", || Ok(server.connect().is_err()))?;
        server.signal(signal)?;
        assert_eq!(server.ended()?.code(), Some(code));
    }
    Ok(())
}
