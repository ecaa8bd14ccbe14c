use clap::Parser as _;

use super::*;
use crate::cli::{Cli, Command};

struct Case {
    dir: tempfile::TempDir,
    variables: Vec<(&'static str, String)>,
    arguments: Vec<String>,
}

impl Case {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let variables = vec![("HOME", "/home/panda".to_owned())];
        let arguments = vec!["pandaprobe".to_owned(), "serve".to_owned()];
        Self {
            dir,
            variables,
            arguments,
        }
    }

    fn variable(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(|&text| text.to_owned()));
        self
    }

    fn file(mut self, text: &str) -> Self {
        let path = self.dir.path().join("settings.toml");
        std::fs::write(&path, text).unwrap();
        self.variables.push((
            "PANDAPROBE_SERVER_CONFIG",
            path.to_str().unwrap().to_owned(),
        ));
        self
    }

    fn resolve(&self) -> Result<Resolved, Failure> {
        let Command::Serve(arguments) = Cli::try_parse_from(&self.arguments).unwrap().command
        else {
            panic!("not serve")
        };
        resolve(&arguments, &|name| {
            let found = self
                .variables
                .iter()
                .rev()
                .find(|(known, _)| *known == name);
            found.map(|(_, value)| value.clone())
        })
    }

    fn settings(&self) -> Settings {
        self.resolve().unwrap().into_settings()
    }
}

#[test]
fn defaults() {
    let settings = Case::new().settings();
    let want = Settings {
        listen: "127.0.0.1:8000".to_owned(),
        data: PathBuf::from("/home/panda/.local/share/pandaprobe"),
        require_key: false,
        allowed_hosts: Vec::new(),
        body_limit: 64 << 20,
        upload_timeout: Duration::from_secs(60),
        rate_limit_per_minute: None,
        cors_allowed_origins: Vec::new(),
        environment: "production".to_owned(),
        log: "warn".to_owned(),
        api_key: None,
    };
    assert_eq!(settings, want);
}

#[test]
fn arguments_go_before_variables_before_the_file() {
    let case = || {
        Case::new()
            .file("listen = 'a:1'\nallowed_hosts = ['x']\nbody_limit = '1 MiB'\nrequire_key = true")
    };
    let from_file = case().settings();
    assert_eq!(from_file.listen, "a:1");
    assert_eq!(from_file.allowed_hosts, ["x"]);
    assert_eq!(from_file.body_limit, 1 << 20);
    assert!(from_file.require_key);

    let with_variables = || {
        case()
            .variable("PANDAPROBE_SERVER_LISTEN", "b:2")
            .variable("PANDAPROBE_SERVER_ALLOWED_HOSTS", "y, z")
            .variable("PANDAPROBE_SERVER_BODY_LIMIT", "4096")
            .variable("PANDAPROBE_SERVER_REQUIRE_KEY", "no")
    };
    let from_variables = with_variables().settings();
    assert_eq!(from_variables.listen, "b:2");
    assert_eq!(from_variables.allowed_hosts, ["y", "z"]);
    assert_eq!(from_variables.body_limit, 4096);
    assert!(!from_variables.require_key);

    let arguments = ["--listen", "c:3", "--allowed-host", "w", "--require-key"];
    let from_arguments = with_variables().arguments(&arguments).settings();
    assert_eq!(from_arguments.listen, "c:3");
    assert_eq!(from_arguments.allowed_hosts, ["w"]);
    assert!(from_arguments.require_key);
}

#[test]
fn limits_and_origins_come_from_everywhere() {
    let case = || {
        Case::new().file(
            "upload_timeout = '5s'\nrate_limit_per_minute = 7\n\
             cors_allowed_origins = ['http://localhost:3000', 'https://App.Example.com/']",
        )
    };
    let seen = |case: Case| {
        let settings = case.settings();
        let origins = settings.cors_allowed_origins.iter();
        (
            settings.upload_timeout.as_secs(),
            settings.rate_limit_per_minute.map_or(0, NonZeroU32::get),
            origins.map(ToString::to_string).collect::<Vec<_>>(),
        )
    };
    let (seconds, rate, origins) = seen(case());
    assert_eq!((seconds, rate), (5, 7));
    assert_eq!(
        origins,
        ["http://localhost:3000", "https://app.example.com"]
    );
    let with_variables = || {
        case()
            .variable("PANDAPROBE_SERVER_UPLOAD_TIMEOUT", "2m")
            .variable("PANDAPROBE_SERVER_RATE_LIMIT_PER_MINUTE", "8")
            .variable(
                "PANDAPROBE_SERVER_CORS_ALLOWED_ORIGINS",
                "http://a:1, http://b",
            )
    };
    let (seconds, rate, origins) = seen(with_variables());
    assert_eq!((seconds, rate), (120, 8));
    assert_eq!(origins, ["http://a:1", "http://b"]);
    let arguments = [
        "--upload-timeout=3s",
        "--rate-limit-per-minute=0",
        "--cors-origin=http://c",
        "--cors-origin=http://d",
    ];
    let (seconds, rate, origins) = seen(with_variables().arguments(&arguments));
    assert_eq!((seconds, rate), (3, 0));
    assert_eq!(origins, ["http://c", "http://d"]);
    let printed = case().resolve().unwrap().to_string();
    let printed: toml::Table = toml::from_str(&printed).unwrap();
    assert_eq!(printed["upload_timeout"].as_str(), Some("5s"));
    assert_eq!(printed["rate_limit_per_minute"].as_integer(), Some(7));
    let origins = printed["cors_allowed_origins"].as_array().unwrap();
    assert_eq!(origins[1].as_str(), Some("https://app.example.com"));
}

#[test]
fn a_wildcard_origin_is_refused_wherever_it_comes_from() {
    let refused = |case: Case| {
        let text = case.resolve().unwrap_err().to_string();
        assert!(text.contains("with a wildcard any web page"), "{text}");
    };
    refused(Case::new().file("cors_allowed_origins = ['*']"));
    refused(Case::new().variable("PANDAPROBE_SERVER_CORS_ALLOWED_ORIGINS", "http://a, *"));
    let argument = [
        "pandaprobe",
        "serve",
        "--cors-origin",
        "https://*.example.com",
    ];
    let error = Cli::try_parse_from(argument).unwrap_err().to_string();
    assert!(error.contains("with a wildcard any web page"), "{error}");
}

#[test]
fn the_printed_settings_name_their_origin_and_hide_the_key() {
    let case = Case::new()
        .file("environment = 'staging'")
        .variable("PANDAPROBE_SERVER_API_KEY", "sk_pp_secret")
        .arguments(&["--data", "/data"]);
    let text = case.resolve().unwrap().to_string();
    let origin = |name: &str| {
        let row = text.lines().find(|row| row.starts_with(name)).unwrap();
        row.split_once("# ").unwrap().1.to_owned()
    };
    assert_eq!(origin("data"), "argument");
    assert_eq!(origin("listen"), "default");
    assert!(origin("environment").ends_with("settings.toml"));
    assert_eq!(
        origin("api_key"),
        "environment variable PANDAPROBE_SERVER_API_KEY"
    );
    assert!(!text.contains("sk_pp_secret"), "{text}");
    let as_file: toml::Table = toml::from_str(&text).unwrap();
    assert_eq!(as_file["body_limit"].as_str(), Some("64.0 MiB"));
}

#[test]
fn a_directory_in_the_file_is_relative_to_the_file() {
    let case = Case::new().file("data = 'here'");
    assert_eq!(case.settings().data, case.dir.path().join("here"));
}

#[test]
fn the_data_directory_follows_xdg() {
    let data = |name, value| Case::new().variable(name, value).settings().data;
    assert_eq!(data("XDG_DATA_HOME", "/xdg"), Path::new("/xdg/pandaprobe"));
    let ignored = data("XDG_DATA_HOME", "relative");
    assert_eq!(ignored, Path::new("/home/panda/.local/share/pandaprobe"));
    assert!(Case::new().variable("HOME", "").resolve().is_err());
}

#[test]
fn mistakes_are_named() {
    let fails = |case: Case, part: &str| {
        let text = case.resolve().unwrap_err().to_string();
        assert!(text.contains(part), "{text}");
    };
    fails(Case::new().file("lisen = 'x'"), "unknown field `lisen`");
    fails(Case::new().file("require_key = 'maybe'"), "settings.toml");
    fails(
        Case::new().variable("PANDAPROBE_SERVER_REQUIRE_KEY", "maybe"),
        "PANDAPROBE_SERVER_REQUIRE_KEY: `maybe` is neither true nor false",
    );
    fails(
        Case::new().variable("PANDAPROBE_SERVER_BODY_LIMIT", "lots"),
        "PANDAPROBE_SERVER_BODY_LIMIT",
    );
    fails(
        Case::new().variable("PANDAPROBE_SERVER_UPLOAD_TIMEOUT", "60"),
        "PANDAPROBE_SERVER_UPLOAD_TIMEOUT: `60` is no time to wait",
    );
    fails(
        Case::new().variable("PANDAPROBE_SERVER_RATE_LIMIT_PER_MINUTE", "-1"),
        "PANDAPROBE_SERVER_RATE_LIMIT_PER_MINUTE: `-1` is no number",
    );
    fails(
        Case::new().file("upload_timeout = '0s'"),
        "`0s` is no time to wait",
    );
    fails(
        Case::new().arguments(&["--config", "/missing.toml"]),
        "/missing.toml",
    );
}

#[test]
fn the_log_listens_to_the_usual_variable() {
    let case = || Case::new().variable("RUST_LOG", "debug");
    assert_eq!(case().settings().log, "debug");
    let own = case().variable("PANDAPROBE_SERVER_LOG", "info");
    assert_eq!(own.settings().log, "info");
}
