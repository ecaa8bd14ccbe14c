//! Request bodies: read whole, decompressed, never more than the limit.

use std::io::Read;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use pandaprobe_engine::{Reservation, StoreError};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::errors::{ApiError, ErrorCode};
use crate::state::{App, Settings};
use crate::wire::decode::{LISTED, Rejected};

/// Bodies larger than this keep a processor busy long enough that other
/// requests would notice; they are decoded on a thread that may be.
const SLOW: usize = 64 << 10;

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
        let raw = collect(body, &parts.headers, &app.settings, &mut held).await?;
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

/// As [`decode`], with what is wrong as a 422.
pub(crate) async fn read<T, F>(bytes: Bytes, read: F) -> Result<T, ApiError>
where
    T: Send + 'static,
    F: FnOnce(&Bytes) -> Result<T, Rejected> + Send + 'static,
{
    decode(bytes, read)
        .await?
        .map_err(|rejected| ApiError::invalid(rejected.errors(LISTED)))
}

/// Runs `decode` on the bytes, off the event loop if they are many.
async fn decode<T, F>(bytes: Bytes, decode: F) -> Result<T, ApiError>
where
    T: Send + 'static,
    F: FnOnce(&Bytes) -> T + Send + 'static,
{
    if bytes.len() <= SLOW {
        return Ok(decode(&bytes));
    }
    blocking(move || decode(&bytes)).await
}

/// Hands what was decoded to the store; `held` ends with that.
pub(crate) async fn store<T: Send + 'static>(
    held: Reservation,
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, ApiError> {
    let bytes = held.bytes();
    let work = async move {
        let done = work.await;
        drop(held);
        done
    };
    hand_over(bytes, work).await
}

/// As [`store`] for work that keeps the reservation itself. Hashing and
/// compressing much takes as long as decoding it did: off the event loop then.
pub(crate) async fn hand_over<T: Send + 'static>(
    bytes: u64,
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, ApiError> {
    if bytes <= SLOW as u64 {
        return Ok(work.await?);
    }
    let runtime = Handle::current();
    Ok(blocking(move || runtime.block_on(work)).await??)
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

fn stalled(patience: Duration) -> ApiError {
    ApiError::new(
        ErrorCode::RequestTimeout,
        format!(
            "The request body stopped coming: nothing arrived for {} seconds",
            patience.as_secs_f64()
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
    settings: &Settings,
    held: &mut Reservation,
) -> Result<Bytes, ApiError> {
    let (limit, patience) = (settings.body_limit, settings.upload_timeout);
    let declared = declared_length(headers);
    if declared.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let mut whole = BytesMut::new();
    while let Some(frame) = timeout(patience, body.frame())
        .await
        .map_err(|_| stalled(patience))?
    {
        let frame = frame.map_err(|_| {
            ApiError::new(ErrorCode::BadRequest, "The request body could not be read")
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let size = data.len() as u64;
        if whole.len() as u64 + size > limit {
            return Err(too_large(limit));
        }
        held.grow(size)?;
        if whole.is_empty() {
            // One allocation for all that was announced, within reason.
            let announced = declared.unwrap_or(size).min(8 << 20);
            whole.reserve(usize::try_from(announced).unwrap_or_default());
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
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
