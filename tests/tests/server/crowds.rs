//! Many concurrent clients that send slowly, or nothing.

use std::time::{Duration, Instant};

use crate::Outcome;
use crate::client::{Client, png};
use crate::process::{Home, PATIENCE, Server, wait};

/// Much less than the time for which these clients would block the server.
const SOON: Duration = Duration::from_secs(4);

/// Begins an upload, but does not send the last bytes. Returns the client and these bytes.
fn begun(server: &Server, name: &str) -> Result<(Client, Vec<u8>), Box<dyn std::error::Error>> {
    let bytes = png(1)?;
    let (start, end) = bytes.split_at(bytes.len() - 10);
    let mut client = server.connect()?;
    client.send(format!(
        "PUT /api/photos/{name} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret of the tester\r\nContent-Length: {}\r\n\r\n",
        bytes.len()
    ))?;
    client.send(start)?;
    Ok((client, end.to_vec()))
}

#[test]
fn crawling_uploads_stop_neither_health_nor_reading() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    assert_eq!(server.put("kept.png", &png(2)?)?.status, 201);
    let mut crowd: Vec<_> = (0..256).map(|_| begun(&server, "a.png")).collect::<Result<_, _>>()?;
    wait("the crowd's turns", || Ok(home.incoming()?.len() == 32))?;
    for round in 0..3 {
        for path in ["/livez", "/readyz", "/api/photos/", "/api/photos/kept.png"] {
            let asked = Instant::now();
            assert_eq!(server.ask("GET", path)?.status, 200, "{path} in round {round}");
            assert!(asked.elapsed() < SOON, "{path}: {:?}", asked.elapsed());
        }
        for (client, _) in &mut crowd {
            // Clients without a turn may have received a response and disconnected.
            let _ = client.send("x");
        }
    }
    Ok(())
}

#[test]
fn an_upload_below_the_minimum_rate_is_cut_off_and_one_above_it_is_not() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&["--body-idle-timeout", "1", "--min-body-rate", "1000"])?;
    let mut bytes = png(1)?;
    bytes.resize(12_000, 0);
    let head = format!(
        "PUT /api/photos/a.png HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret of the tester\r\nContent-Length: {}\r\n\r\n",
        bytes.len()
    );
    let (mut steady, mut crawling) = (server.connect()?, server.connect()?);
    for client in [&mut steady, &mut crawling] {
        client.send(&head)?;
        client.send(bytes.get(..100).unwrap_or_default())?;
    }
    let began = Instant::now();
    let mut pieces = bytes.get(100..).unwrap_or_default().chunks(400);
    let mut is_cut = false;
    // Each piece of one is many times what the other sends, and both take much longer than the idle
    // limit.
    for piece in pieces.by_ref() {
        steady.send(piece)?;
        is_cut = is_cut || crawling.send("x").is_err();
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(began.elapsed() > Duration::from_secs(2));
    assert_eq!(steady.reply(false)?.status, 201);
    while !is_cut && began.elapsed() < PATIENCE {
        is_cut = crawling.send("x").is_err();
    }
    assert!(is_cut, "still crawling after {:?}", began.elapsed());
    wait("cleaning up", || Ok(home.incoming()?.is_empty()))
}

#[test]
fn uploads_beyond_their_turns_wait_or_are_told_to_come_again() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&["--max-connections", "2"])?;
    let (mut first, first_end) = begun(&server, "first.png")?;
    wait("its turn", || Ok(home.incoming()?.len() == 1))?;
    let (mut second, second_end) = begun(&server, "second.png")?;
    assert_eq!(server.ask("GET", "/api/photos/")?.status, 200);
    assert_eq!(home.incoming()?.len(), 1);
    first.send(first_end)?;
    assert_eq!(first.reply(false)?.status, 201);
    second.send(second_end)?;
    assert_eq!(second.reply(false)?.status, 201);

    let server = home.serve(&["--max-connections", "2", "--busy-timeout", "0.2"])?;
    let (_holding, _) = begun(&server, "first.png")?;
    wait("its turn", || Ok(home.incoming()?.len() == 1))?;
    let (mut refused, end) = begun(&server, "second.png")?;
    refused.send(end)?;
    let reply = refused.reply(false)?;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
    Ok(())
}

#[test]
fn one_address_may_have_fewer_turns_than_there_are() -> Outcome {
    let home = Home::new()?;
    let flags = ["--max-connections", "8", "--max-connections-per-address", "2", "--busy-timeout", "0.2"];
    let server = home.serve(&flags)?;
    let (_holding, _) = begun(&server, "first.png")?;
    wait("its turn", || Ok(home.incoming()?.len() == 1))?;
    let (mut refused, end) = begun(&server, "second.png")?;
    refused.send(end)?;
    assert_eq!(refused.reply(false)?.status, 503);
    assert_eq!(server.ask("GET", "/api/photos/")?.status, 200);
    Ok(())
}

#[test]
fn a_crowd_of_silent_clients_keeps_nobody_out() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&["--max-connections", "4", "--header-timeout", "600"])?;
    let mut friend = server.connect()?;
    let (mut uploading, end) = begun(&server, "a.png")?;
    wait("the upload", || Ok(home.incoming()?.len() == 1))?;
    let mut crowd: Vec<_> = (0..400).map(|_| server.connect()).collect::<Result<_, _>>()?;
    for path in ["/livez", "/api/photos/"] {
        let asked = Instant::now();
        assert_eq!(server.ask("GET", path)?.status, 200);
        assert!(asked.elapsed() < SOON, "{path}: {:?}", asked.elapsed());
    }
    // The oldest idle client was closed; the one being served was not.
    assert!(friend.closed_after()? < SOON);
    uploading.send(end)?;
    assert_eq!(uploading.reply(false)?.status, 201);
    let last = crowd.last_mut().ok_or("no crowd")?;
    assert_eq!(last.ask("GET", "/livez", &[], b"")?.status, 200);
    Ok(())
}
