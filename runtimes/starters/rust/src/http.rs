//! One HTTP/1.1 connection that stays open. No time-out: the environment may be frozen while `next` waits.
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;

pub struct Connection {
    host: String,
    reader: BufReader<TcpStream>,
}

pub struct Answer {
    pub status: u16,
    pub body: String,
    headers: HashMap<String, String>,
}

impl Answer {
    /// Empty when it is missing.
    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).cloned().unwrap_or_default()
    }
}

impl Connection {
    pub fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Connection { host: address.to_string(), reader: BufReader::new(stream) })
    }

    /// A connection that was idle may have been closed meanwhile: once more on a new one.
    pub fn call(&mut self, method: &str, path: &str, body: &str, error_type: Option<&str>) -> Result<Answer> {
        match self.exchange(method, path, body, error_type) {
            Err(error) if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => {
                *self = Connection::open(&self.host)?;
                self.exchange(method, path, body, error_type)
            }
            result => result,
        }
    }

    fn exchange(&mut self, method: &str, path: &str, body: &str, error_type: Option<&str>) -> Result<Answer> {
        let mut message = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n", self.host, body.len());
        if let Some(kind) = error_type {
            message += &format!("Lambda-Runtime-Function-Error-Type: {kind}\r\n");
        }
        message += "Content-Type: application/json\r\n\r\n";
        message += body;
        self.reader.get_mut().write_all(message.as_bytes())?;
        self.read()
    }

    fn read(&mut self) -> Result<Answer> {
        let first = self.line()?;
        let status = first.split(' ').nth(1).and_then(|word| word.parse().ok()).ok_or_else(|| malformed(&first))?;
        let mut headers = HashMap::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| malformed(&line))?;
            headers.insert(name.to_ascii_lowercase(), value.trim().to_string());
        }
        let mut body = Vec::new();
        if headers.get("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            self.read_chunks(&mut body)?;
        } else {
            let length: usize = headers.get("content-length").and_then(|text| text.parse().ok()).ok_or_else(|| malformed("no length"))?;
            body.resize(length, 0);
            self.reader.read_exact(&mut body)?;
        }
        Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    }

    fn read_chunks(&mut self, body: &mut Vec<u8>) -> Result<()> {
        loop {
            let line = self.line()?;
            let length = usize::from_str_radix(line.split(';').next().unwrap_or("").trim(), 16).map_err(|_| malformed(&line))?;
            if length == 0 {
                // Trailers, of which none matters, and an empty line.
                while !self.line()?.is_empty() {}
                return Ok(());
            }
            let start = body.len();
            body.resize(start + length, 0);
            self.reader.read_exact(&mut body[start..])?;
            self.line()?;
        }
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.reader.read_line(&mut line)? == 0 {
            return Err(Error::new(ErrorKind::UnexpectedEof, "the Runtime API has closed the connection"));
        }
        Ok(line.trim_end().to_string())
    }
}

fn malformed(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("the answer of the Runtime API is malformed: {what}"))
}
