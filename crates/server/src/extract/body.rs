//! Request bodies: read whole, decompressed, never more than the limit.

use std::io::Read;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use pandaprobe_engine::Reservation;

use crate::errors::{ApiError, ErrorCode};
use crate::state::App;

/// Bodies larger than this keep a processor busy long enough that other
/// requests would notice; they are decoded on a thread that may be.
pub(crate) const SLOW: usize = 64 << 10;

/// How much of a refused body is still read, so that the client gets to see
/// the answer instead of a reset connection.
const DRAINED: u64 = 256 << 20;

/// How much is decompressed at a time.
const STEP: usize = 64 << 10;

/// A body in memory. It counts towards the bytes in flight until `held` is dropped.
#[derive(Debug)]
pub(crate) struct RequestBody {
    /// Decompressed.
    pub(crate) bytes: Bytes,
    /// The value of `Content-Type`.
    pub(crate) content_type: Option<String>,
    /// What the body takes up.
    pub(crate) held: Reservation,
}

impl FromRequest<App> for RequestBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let encoding = Encoding::of(&parts.headers)?;
        let limit = app.settings.body_limit;
        let mut held = app.engine.reserve();
        let raw = collect(body, &parts.headers, limit, &mut held).await?;
        let (bytes, held) = decompressed(encoding, raw, limit, held).await?;
        let content_type = parts.headers.get(header::CONTENT_TYPE);
        Ok(Self {
            bytes,
            content_type: content_type
                .and_then(|v| v.to_str().ok())
                .map(str::to_owned),
            held,
        })
    }
}

/// Runs `decode` on the bytes, off the event loop if they are many.
pub(crate) async fn decode<T, F>(bytes: Bytes, decode: F) -> Result<T, ApiError>
where
    T: Send + 'static,
    F: FnOnce(&Bytes) -> T + Send + 'static,
{
    if bytes.len() <= SLOW {
        return Ok(decode(&bytes));
    }
    blocking(move || decode(&bytes)).await
}

/// Runs `work` on a thread that may be busy for long.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "a request body could not be processed");
        ApiError::internal()
    })
}

fn too_large(limit: u64) -> ApiError {
    ApiError::new(
        ErrorCode::PayloadTooLarge,
        format!(
            "The request body exceeds the limit of {limit} bytes ({:.1} MiB) after decompression",
            limit as f64 / f64::from(1 << 20)
        ),
    )
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// Reads the body as it was sent. Bytes are reserved as they come, not as they
/// are announced: who announces much and sends nothing holds nothing.
async fn collect(
    mut body: Body,
    headers: &HeaderMap,
    limit: u64,
    held: &mut Reservation,
) -> Result<Bytes, ApiError> {
    let declared = declared_length(headers);
    let asks_first = headers.contains_key(header::EXPECT);
    if declared.is_some_and(|length| length > limit) {
        // Who asked before sending has sent nothing yet.
        if !asks_first {
            drain(body).await;
        }
        return Err(too_large(limit));
    }
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| {
            ApiError::new(ErrorCode::BadRequest, "The request body could not be read")
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let size = data.len() as u64;
        let refused = if whole.len() as u64 + size > limit {
            Some(too_large(limit))
        } else {
            held.grow(size).err().map(ApiError::from)
        };
        if let Some(error) = refused {
            drop(whole);
            drain(body).await;
            return Err(error);
        }
        if whole.is_empty() {
            // One allocation for all that was announced, within reason.
            let announced = declared.unwrap_or(size).min(8 << 20);
            whole.reserve(usize::try_from(announced).unwrap_or_default());
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

async fn drain(mut body: Body) {
    let mut left = DRAINED;
    let reading = async {
        while let Some(Ok(frame)) = body.frame().await {
            let size = frame.data_ref().map_or(0, Bytes::len) as u64;
            match left.checked_sub(size) {
                Some(rest) => left = rest,
                None => break,
            }
        }
    };
    let patience = std::time::Duration::from_secs(10);
    // Whether all was read makes no difference to the answer.
    let _ = tokio::time::timeout(patience, reading).await;
}

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Identity,
    Gzip,
    Deflate,
    Zstd,
}

impl Encoding {
    fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let Some(value) = headers.get(header::CONTENT_ENCODING) else {
            return Ok(Self::Identity);
        };
        let name = value.to_str().unwrap_or("?").trim().to_ascii_lowercase();
        match name.as_str() {
            "" | "identity" => Ok(Self::Identity),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "deflate" => Ok(Self::Deflate),
            "zstd" => Ok(Self::Zstd),
            _ => Err(ApiError::new(
                ErrorCode::UnsupportedMediaType,
                format!("Content-Encoding {name:?} is not supported; use gzip, deflate or zstd"),
            )),
        }
    }

    fn reader<'r>(self, raw: &'r [u8]) -> std::io::Result<Box<dyn Read + 'r>> {
        use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
        Ok(match self {
            Self::Identity => Box::new(raw),
            Self::Gzip => Box::new(MultiGzDecoder::new(raw)),
            // By the standard this is zlib; some clients send bare deflate.
            Self::Deflate if is_zlib(raw) => Box::new(ZlibDecoder::new(raw)),
            Self::Deflate => Box::new(DeflateDecoder::new(raw)),
            Self::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(raw)?;
                // A frame may ask for a window of gigabytes; 128 MiB is what
                // `zstd --ultra` needs.
                decoder.window_log_max(27)?;
                Box::new(decoder)
            }
        })
    }
}

fn is_zlib(raw: &[u8]) -> bool {
    match raw {
        [first, second, ..] => first & 0x0F == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0,
        _ => false,
    }
}

async fn decompressed(
    encoding: Encoding,
    raw: Bytes,
    limit: u64,
    mut held: Reservation,
) -> Result<(Bytes, Reservation), ApiError> {
    if encoding == Encoding::Identity {
        return Ok((raw, held));
    }
    let work = move || {
        let bytes = inflate(encoding, &raw, limit, &mut held)?;
        Ok((bytes, held))
    };
    blocking(work).await?
}

/// Decompresses step by step, so that a small body that grows without end
/// stops at the limit.
fn inflate(
    encoding: Encoding,
    raw: &[u8],
    limit: u64,
    held: &mut Reservation,
) -> Result<Bytes, ApiError> {
    let damaged = |_| {
        ApiError::new(
            ErrorCode::BadRequest,
            "The request body does not decompress as its Content-Encoding says",
        )
    };
    let mut reader = encoding.reader(raw).map_err(damaged)?;
    let mut whole = Vec::with_capacity(raw.len().saturating_mul(4).min(8 << 20));
    let mut step = vec![0; STEP];
    loop {
        let size = reader.read(&mut step).map_err(damaged)?;
        if size == 0 {
            return Ok(Bytes::from(whole));
        }
        if whole.len() as u64 + size as u64 > limit {
            return Err(too_large(limit));
        }
        held.grow(size as u64)?;
        whole.extend_from_slice(&step[..size]);
    }
}
