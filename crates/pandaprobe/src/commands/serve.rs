//! `pandaprobe serve`

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use pandaprobe_engine::keys::{FILE_NAME, FirstKey, RawKey};
use pandaprobe_engine::{Engine, Limits};
use pandaprobe_model::Timestamp;
use pandaprobe_server::{App, Settings as ServerSettings, bind};
use pandaprobe_store::Store;
use pandaprobe_store::sqlite::{Options, SqliteStore};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::demo;
use crate::cli::ServeArgs;
use crate::demo::DemoOptions;
use crate::failure::Failure;
use crate::settings::{self, Settings};
use crate::{logging, say};

/// Serves until it is told to stop.
///
/// # Errors
/// When the settings are wrong, the address or the data directory cannot be
/// used, or the socket fails.
pub(crate) fn run(arguments: Box<ServeArgs>) -> Result<(), Failure> {
    let resolved = settings::resolve(&arguments, &|name| std::env::var(name).ok())?;
    if arguments.print_config {
        say::line(resolved.to_string().trim_end());
        return Ok(());
    }
    let settings = resolved.into_settings();
    logging::start(&settings.log)?;
    let runtime =
        Runtime::new().map_err(|error| Failure::new(format!("cannot start threads: {error}")))?;
    let (listener, address) = runtime
        .block_on(bind(&settings.listen))
        .map_err(|error| Failure::listen(&settings.listen, &error))?;
    let new = is_new(&settings.data);
    let store = open(&settings.data)?;
    let server = Server {
        settings,
        listener,
        address,
        store: Arc::new(store),
        demo: arguments.demo,
        new,
    };
    runtime.block_on(server.run())
}

/// Whether there is no data yet.
fn is_new(dir: &Path) -> bool {
    std::fs::read_dir(dir).map_or(true, |mut entries| entries.next().is_none())
}

fn open(dir: &Path) -> Result<SqliteStore, Failure> {
    make_data_directory(dir)?;
    let options = Options {
        prices: Arc::new(pandaprobe_engine::prices::bundled()),
        ..Options::new(dir)
    };
    SqliteStore::open(options).map_err(|error| Failure::open(dir, &error))
}

/// Makes the data directory if it is missing.
pub(super) fn make_data_directory(dir: &Path) -> Result<(), Failure> {
    // What is kept here is nobody else's business.
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|error| {
        Failure::new(format!(
            "cannot make the data directory {}: {error}",
            dir.display()
        ))
        .hint("choose another directory with `--data`")
    })
}

struct Server {
    settings: Settings,
    listener: TcpListener,
    address: SocketAddr,
    store: Arc<SqliteStore>,
    /// Whether the sample sessions are wanted.
    demo: bool,
    /// Whether there was no data before.
    new: bool,
}

impl Server {
    async fn run(self) -> Result<(), Failure> {
        let Self {
            settings,
            listener,
            address,
            store,
            demo,
            new,
        } = self;
        // Before anybody can know that the program runs.
        let stop = stop_signal()?;
        let shared: Arc<dyn Store> = Arc::clone(&store) as Arc<dyn Store>;
        let engine = Arc::new(Engine::new(shared, Limits::default()));
        let first_key = engine
            .first_key(settings.api_key.as_ref(), &settings.data, Timestamp::now())
            .await?;
        let keys_required = ServerSettings::keys_required_at(address, settings.require_key);
        greet(&settings, address, keys_required, &first_key);
        if demo {
            say::line(try_it(address, keys_required));
        }
        say::line("Press Ctrl-C to stop.");
        if demo && new {
            let key = keys_required
                .then(|| readable_key(&settings, &first_key))
                .flatten();
            fill_demo(address, key);
        }
        let app = App::new(
            engine,
            ServerSettings {
                keys_required,
                allowed_hosts: settings.allowed_hosts,
                body_limit: settings.body_limit,
                environment: settings.environment,
                cors_allowed_origins: settings.cors_allowed_origins,
                rate_limit_per_minute: settings.rate_limit_per_minute,
                upload_timeout: settings.upload_timeout,
            },
        );
        let served = pandaprobe_server::serve(listener, app, stop).await;
        // Everything acknowledged is on disk already; this ends the threads in order.
        let closed = tokio::task::spawn_blocking(move || store.close()).await;
        if let Err(error) = closed {
            tracing::error!(%error, "the store did not close in order");
        }
        served.map_err(|error| Failure::new(format!("the server failed: {error}")))
    }
}

/// Says where everything is.
fn greet(settings: &Settings, address: SocketAddr, keys_required: bool, first_key: &FirstKey) {
    let url = url(address);
    say::line(format_args!("PandaProbe {}", env!("CARGO_PKG_VERSION")));
    say::line(format_args!("  web app   {url}/ui/"));
    say::line(format_args!("  API       {url}  (listening at {address})"));
    say::line(format_args!("  data      {}", settings.data.display()));
    match first_key {
        _ if !keys_required => say::line("  API key   not needed from this machine"),
        FirstKey::Generated { key, file } => say::line(format_args!(
            "  API key   {}  (shown this once; kept in {})",
            key.reveal(),
            file.display()
        )),
        FirstKey::Configured => say::line("  API key   required; set by the settings"),
        FirstKey::Existing => say::line("  API key   required"),
    }
}

/// Says how to send something of one's own, for who has just seen the samples.
fn try_it(address: SocketAddr, keys_required: bool) -> String {
    let url = url(address);
    let stand_in = if address.port() == 8001 { 8002 } else { 8001 };
    let mut variables = String::new();
    if url != "http://127.0.0.1:8000" {
        variables.push_str(&format!("PANDAPROBE_ENDPOINT={url} "));
    }
    if keys_required {
        variables.push_str("PANDAPROBE_API_KEY=sk_pp_… PANDAPROBE_PROJECT_NAME=default ");
    }
    format!(
        "  try it    python examples/llm_stand_in/server.py --port {stand_in}
            {variables}OPENAI_BASE_URL=http://127.0.0.1:{stand_in}/v1 OPENAI_API_KEY=offline python examples/chat.py
            (needs: pip install ./python openai)
  sessions  {url}/ui/p/default/sessions"
    )
}

/// The address that a program on this machine can use.
fn url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

/// A key in the clear, if there is one to be had.
fn readable_key(settings: &Settings, first_key: &FirstKey) -> Option<RawKey> {
    match first_key {
        FirstKey::Configured => settings.api_key.clone(),
        FirstKey::Generated { key, .. } => Some(key.clone()),
        FirstKey::Existing => {
            let text = std::fs::read_to_string(settings.data.join(FILE_NAME)).ok()?;
            RawKey::from_text(text.trim())
        }
    }
}

/// Fills the demo project on a thread of its own, through the front door.
fn fill_demo(address: SocketAddr, key: Option<RawKey>) {
    let options = DemoOptions {
        api_key: key.map(|key| key.reveal().to_owned()),
        ..DemoOptions::new(url(address), jiff::Timestamp::now())
    };
    let filling = std::thread::Builder::new()
        .name("demo".to_owned())
        .spawn(move || {
            if let Err(failure) = demo::fill(&options) {
                say::error(&failure);
            }
        });
    if let Err(error) = filling {
        say::error(&Failure::new(format!("cannot start the demo: {error}")));
    }
}

/// Listens for the signals that ask the program to stop, from now on, and
/// returns what completes when one comes.
#[cfg(unix)]
fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| {
        signal(kind).map_err(|error| Failure::new(format!("cannot listen for signals: {error}")))
    };
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Returns what completes when the program is asked to stop.
#[cfg(not(unix))]
fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    Ok(async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "cannot wait for Ctrl-C");
            std::future::pending::<()>().await;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_can_be_opened_on_this_machine() {
        for (address, want) in [
            ("127.0.0.1:8000", "http://127.0.0.1:8000"),
            ("0.0.0.0:80", "http://127.0.0.1:80"),
            ("[::]:80", "http://[::1]:80"),
            ("192.168.1.5:1", "http://192.168.1.5:1"),
        ] {
            assert_eq!(url(address.parse().unwrap()), want);
        }
    }

    #[test]
    fn what_to_try_names_what_is_not_the_default() {
        let usual = try_it("127.0.0.1:8000".parse().unwrap(), false);
        assert!(!usual.contains("PANDAPROBE_"), "{usual}");
        assert!(usual.contains("http://127.0.0.1:8000/ui/p/default/sessions"));
        let guarded = try_it("0.0.0.0:8001".parse().unwrap(), true);
        for part in [
            "--port 8002",
            "PANDAPROBE_ENDPOINT=http://127.0.0.1:8001 PANDAPROBE_API_KEY=",
            "OPENAI_BASE_URL=http://127.0.0.1:8002/v1",
        ] {
            assert!(guarded.contains(part), "{guarded}");
        }
    }

    #[test]
    fn a_directory_is_new_while_it_is_empty() {
        let dir = tempfile::tempdir().unwrap();
        assert!(is_new(dir.path()));
        assert!(is_new(&dir.path().join("missing")));
        std::fs::write(dir.path().join("x"), "").unwrap();
        assert!(!is_new(dir.path()));
    }
}
