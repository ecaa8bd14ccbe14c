//! A keep-alive HTTP/1.1 connection with nothing on top.

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request, Response, StatusCode, body::Incoming};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Where the server is and as which project we speak to it.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Host and port.
    pub(crate) authority: String,
    /// Value of `X-Project-Name`.
    pub(crate) project: String,
    /// Value of `X-API-Key`, where the server wants one.
    pub(crate) api_key: Option<String>,
}

/// An open connection.
pub(crate) struct Connection {
    target: Target,
    sender: SendRequest<Full<Bytes>>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

impl Target {
    /// Reads an address such as `http://127.0.0.1:8000`.
    ///
    /// # Errors
    /// When it is no `http` address or names no host.
    pub(crate) fn parse(url: &str, project: &str, api_key: Option<&str>) -> Result<Self> {
        let uri: hyper::Uri = url.parse().with_context(|| format!("bad address {url}"))?;
        if uri.scheme_str() != Some("http") {
            bail!("{url} is no http:// address");
        }
        let authority = uri.authority().context("the address names no host")?;
        let port = authority.port_u16().unwrap_or(80);
        Ok(Self {
            authority: format!("{}:{port}", authority.host()),
            project: project.to_owned(),
            api_key: api_key.map(str::to_owned),
        })
    }
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub(crate) async fn open(target: &Target) -> Result<Self> {
        let stream = TcpStream::connect(&target.authority)
            .await
            .with_context(|| format!("cannot reach {}", target.authority))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // Ends when the server or we close; errors show at the next request.
        tokio::spawn(connection);
        Ok(Self {
            target: target.clone(),
            sender,
        })
    }

    /// Sends a body and reads the whole answer.
    ///
    /// # Errors
    /// When the connection breaks.
    pub(crate) async fn post(
        &mut self,
        path: &str,
        content_type: &'static str,
        body: Bytes,
    ) -> Result<Answer> {
        let request = self.request(Method::POST, path)?;
        let request = request.header(CONTENT_TYPE, content_type);
        self.send(request.body(Full::new(body))?).await
    }

    /// Asks for a path and reads the whole answer.
    ///
    /// # Errors
    /// When the connection breaks.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer> {
        let request = self.request(Method::GET, path)?;
        self.send(request.body(Full::default())?).await
    }

    fn request(&self, method: Method, path: &str) -> Result<hyper::http::request::Builder> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.target.authority)
            .header("x-project-name", &self.target.project);
        if let Some(key) = &self.target.api_key {
            request = request.header("x-api-key", key);
        }
        Ok(request)
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Answer> {
        self.sender.ready().await?;
        let response: Response<Incoming> = self.sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_need_a_host_and_plain_http() {
        let target = Target::parse("http://localhost:81/x", "p", None).unwrap();
        assert_eq!(target.authority, "localhost:81");
        assert!(Target::parse("https://localhost", "p", None).is_err());
        assert!(Target::parse("localhost:8000", "p", None).is_err());
    }
}
