//! `server health`: checks if a server is alive, for the health check of a container.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::failure::Failure;
use crate::settings::Settings;

/// The time limit of each step.
const TIME: Duration = Duration::from_secs(5);

/// Returns 0 if `/livez` of the server at `--bind` answers 200, and 1 otherwise.
pub(crate) fn run(settings: &Settings) -> Result<u8, Failure> {
    let address = reachable(settings.bind);
    let status = ask(address).map_err(|source| Failure::Health { address, source })?;
    Ok(u8::from(!status.starts_with("HTTP/1.1 200 ")))
}

fn ask(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIME)?;
    stream.set_read_timeout(Some(TIME))?;
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(64 << 10).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Returns the address to connect to: a loopback address if the server listens on all addresses.
fn reachable(bind: SocketAddr) -> SocketAddr {
    let ip = match bind.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, bind.port())
}
