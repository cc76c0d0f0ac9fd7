//! An HTTP client on a raw socket. It neither validates nor completes requests, so that it can
//! misbehave.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use image::ImageFormat;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::process::PATIENCE;

/// The token of the tester, an account that [`crate::process::sign_in`] creates.
pub(crate) const SECRET: &str = "secret of the tester";

/// A connection.
#[derive(Debug)]
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

/// A complete response.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends bytes unchanged.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes.as_ref())
    }

    /// Sends a request as the tester, unless the headers name another user, and reads the response.
    pub(crate) fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Reply, Box<dyn Error>> {
        let is_anonymous = headers.iter().any(|(name, _)| ["Authorization", "Cookie"].contains(name));
        let authorization = if is_anonymous { None } else { Some(format!("Bearer {SECRET}")) };
        let authorization = authorization.as_deref().map(|value| ("Authorization", value));
        self.ask_exactly(method, path, &[authorization.as_slice(), headers].concat(), body)
    }

    /// Sends a request with only these headers, and reads the response.
    pub(crate) fn ask_exactly(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Reply, Box<dyn Error>> {
        let mut head = format!("{method} {path} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            head.push_str("Host: localhost\r\n");
        }
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n")?;
        }
        if !body.is_empty() {
            write!(head, "Content-Length: {}\r\n", body.len())?;
        }
        head.push_str("\r\n");
        self.send(head)?;
        self.send(body)?;
        self.reply(method == "HEAD")
    }

    /// Reads a response, after any `100 Continue`.
    pub(crate) fn reply(&mut self, is_head: bool) -> Result<Reply, Box<dyn Error>> {
        loop {
            let mut reply = self.head()?;
            if reply.status == 100 {
                continue;
            }
            if reply.header("transfer-encoding") == Some("chunked") && !is_head {
                reply.body = self.chunks()?;
                return Ok(reply);
            }
            let length: usize = match reply.header("content-length") {
                Some(length) if !is_head => length.parse()?,
                _ => 0,
            };
            reply.body = vec![0; length];
            self.stream.read_exact(&mut reply.body)?;
            return Ok(reply);
        }
    }

    /// Reads a body in chunks (<https://www.rfc-editor.org/rfc/rfc9112#section-7.1>).
    fn chunks(&mut self) -> Result<Vec<u8>, Box<dyn Error>> {
        let mut body = Vec::new();
        loop {
            let length = usize::from_str_radix(&self.line()?, 16)?;
            let mut chunk = vec![0; length + 2];
            self.stream.read_exact(&mut chunk)?;
            if length == 0 {
                return Ok(body);
            }
            body.extend(chunk.get(..length).unwrap_or_default());
        }
    }

    fn head(&mut self) -> Result<Reply, Box<dyn Error>> {
        let status = self.line()?.split(' ').nth(1).ok_or("no status")?.parse()?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(": ") else {
                break;
            };
            headers.push((name.to_lowercase(), value.to_owned()));
        }
        Ok(Reply { status, headers, body: Vec::new() })
    }

    fn line(&mut self) -> Result<String, Box<dyn Error>> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        if line.is_empty() {
            return Err("the connection was closed".into());
        }
        Ok(line.trim_end().to_owned())
    }

    /// Waits until the server closes the connection without sending anything else, and returns the
    /// elapsed time.
    pub(crate) fn closed_after(&mut self) -> Result<Duration, Box<dyn Error>> {
        let begun = std::time::Instant::now();
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Ok(_) if rest.is_empty() => Ok(begun.elapsed()),
            Ok(_) => Err(format!("unexpected: {}", String::from_utf8_lossy(&rest)).into()),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(begun.elapsed()),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads the given number of bytes.
    pub(crate) fn read(&mut self, length: usize) -> io::Result<()> {
        self.stream.read_exact(&mut vec![0; length])
    }

    /// Reads until the server closes the connection.
    pub(crate) fn bytes_to_the_end(&mut self) -> io::Result<Vec<u8>> {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest)?;
        Ok(rest)
    }

    /// Reads until the connection ends for any reason, and returns the number of bytes.
    pub(crate) fn read_to_the_end(&mut self) -> Result<usize, Box<dyn Error>> {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Err(error) if error.kind() != io::ErrorKind::ConnectionReset => Err(error.into()),
            _ => Ok(rest.len()),
        }
    }
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Result<Value, Box<dyn Error>> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// Returns the text value of a key in a JSON object.
    pub(crate) fn text(&self, key: &str) -> Result<String, Box<dyn Error>> {
        let json = self.json()?;
        let text = json.get(key).and_then(Value::as_str);
        Ok(text.ok_or_else(|| format!("no `{key}` in {json}"))?.to_owned())
    }

    pub(crate) fn detail(&self) -> Result<String, Box<dyn Error>> {
        self.text("detail")
    }
}

/// Uploads a photo whose content depends on `seed`.
pub(crate) fn photo(
    format: ImageFormat,
    width: u32,
    height: u32,
    seed: u8,
) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut bytes = io::Cursor::new(Vec::new());
    let noise = Sha256::digest([seed]);
    let mut noise = noise.iter().cycle();
    image::RgbImage::from_fn(width, height, |x, y| {
        let noise = noise.next().copied().unwrap_or_default();
        image::Rgb([noise, (x % 251) as u8, (y % 241) as u8 ^ seed])
    })
    .write_to(&mut bytes, format)?;
    Ok(bytes.into_inner())
}

pub(crate) fn png(seed: u8) -> Result<Vec<u8>, Box<dyn Error>> {
    photo(ImageFormat::Png, 40, 30, seed)
}

pub(crate) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
