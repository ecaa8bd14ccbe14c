//! The program from outside: what it prints, how it starts, refuses and stops.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn pandaprobe(arguments: &[&str], data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pandaprobe"));
    // Settings of whoever runs the tests must not matter.
    for (name, _) in std::env::vars() {
        if name.starts_with("PANDAPROBE_") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .arg("--data")
        .arg(data)
        .current_dir(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A program that has said where it listens.
struct Running {
    process: Child,
    said: String,
    url: String,
}

impl Running {
    fn start(arguments: &[&str], data: &Path) -> Self {
        let arguments = [&["serve", "--listen", "127.0.0.1:0"], arguments].concat();
        let mut process = pandaprobe(&arguments, data).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.as_mut().unwrap()).lines();
        let mut said = String::new();
        while !said.contains("Ctrl-C") {
            said.push_str(&lines.next().unwrap().unwrap());
            said.push('\n');
        }
        let app = said.split_whitespace().find(|word| word.ends_with("/ui/"));
        let url = app.unwrap().trim_end_matches("/ui/").to_owned();
        Self { process, said, url }
    }

    fn status(&self, path: &str, key: Option<&str>) -> u16 {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build();
        let mut request = agent.new_agent().get(format!("{}{path}", self.url));
        if let Some(key) = key {
            request = request.header("X-API-Key", key);
        }
        let answer = request.header("X-Project-Name", "p").call();
        answer.unwrap().status().as_u16()
    }

    /// Asks the program to stop and returns whether it ended well.
    fn stop(mut self, signal: &str) -> bool {
        let process = self.process.id().to_string();
        let sent = Command::new("kill").args([signal, &process]).status();
        assert!(sent.unwrap().success());
        self.process.wait().unwrap().success()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn fails(arguments: &[&str], data: &Path) -> String {
    let Output { status, stderr, .. } = pandaprobe(arguments, data).output().unwrap();
    assert_eq!(status.code(), Some(1));
    String::from_utf8(stderr).unwrap()
}

#[test]
fn it_says_where_it_is_and_stops_when_asked() {
    let data = tempfile::tempdir().unwrap();
    for signal in ["-INT", "-TERM"] {
        let server = Running::start(&[], data.path());
        assert!(
            server.said.contains(&format!("{}/ui/", server.url)),
            "{}",
            server.said
        );
        assert!(server.said.contains(data.path().to_str().unwrap()));
        assert!(
            !server.said.contains("sk_pp_"),
            "no key is needed, none is shown"
        );
        assert!(!server.said.contains("try it"), "{}", server.said);
        assert_eq!(server.status("/traces", None), 200);
        assert!(server.stop(signal), "{signal}");
    }
}

#[test]
fn a_first_key_is_made_shown_once_and_kept_for_the_owner() {
    use std::os::unix::fs::PermissionsExt as _;
    let data = tempfile::tempdir().unwrap();
    let server = Running::start(&["--require-key"], data.path());
    let mut words = server.said.split_whitespace();
    let key = words
        .find(|word| word.starts_with("sk_pp_"))
        .unwrap()
        .to_owned();
    let file = data.path().join("api-key");
    assert_eq!(std::fs::read_to_string(&file).unwrap().trim(), key);
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(server.status("/traces", None), 401);
    assert_eq!(server.status("/traces", Some(&key)), 200);
    assert!(server.stop("-TERM"));
    let again = Running::start(&["--require-key"], data.path());
    assert!(!again.said.contains(&key), "{}", again.said);
    assert_eq!(again.status("/traces", Some(&key)), 200);
}

#[test]
fn refusals_come_with_a_hint() {
    let (data, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Running::start(&[], data.path());
    let address = server.url.trim_start_matches("http://").to_owned();
    let port = fails(&["serve", "--listen", &address], other.path());
    assert!(
        port.contains("cannot listen at") && port.contains("\nhint: another program"),
        "{port}"
    );
    let in_use = fails(&["serve", "--listen", "127.0.0.1:0"], data.path());
    assert!(in_use.contains("in use by another process"), "{in_use}");
    assert!(in_use.contains("\nhint: "), "{in_use}");
    let file = other.path().join("file");
    std::fs::write(&file, "").unwrap();
    let no_directory = Command::new(env!("CARGO_BIN_EXE_pandaprobe"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(file.join("below"))
        .output()
        .unwrap();
    assert_eq!(no_directory.status.code(), Some(1));
}

#[test]
fn the_demo_fills_a_new_directory_once() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Running::start(&["--demo"], data.path());
    let sessions = format!("{}/ui/p/default/sessions", server.url);
    let endpoint = format!("PANDAPROBE_ENDPOINT={} OPENAI_BASE_URL=", server.url);
    for part in ["try it", "python examples/chat.py", &endpoint, &sessions] {
        assert!(server.said.contains(part), "{part}: {}", server.said);
    }
    let mut line = String::new();
    let mut out = BufReader::new(server.process.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    assert!(line.starts_with("demo: 240 sessions"), "{line}");
    assert!(server.stop("-TERM"));
    let mut again = Running::start(&["--demo"], data.path());
    let mut out = again.process.stdout.take().unwrap();
    assert!(again.stop("-TERM"));
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

#[test]
fn settings_can_be_looked_at_without_serving() {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(
        data.path().join("pandaprobe.toml"),
        "body_limit = '1 MiB'\n",
    )
    .unwrap();
    let mut command = pandaprobe(&["serve", "--print-config"], data.path());
    let output = command
        .env("PANDAPROBE_SERVER_LISTEN", "127.0.0.1:1")
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for (start, origin) in [
        (
            "listen = \"127.0.0.1:1\"",
            "environment variable PANDAPROBE_SERVER_LISTEN",
        ),
        ("data = ", "argument"),
        ("body_limit = \"1.0 MiB\"", "file pandaprobe.toml"),
        ("require_key = false", "default"),
    ] {
        let row = text.lines().find(|row| row.starts_with(start));
        assert!(
            row.is_some_and(|row| row.ends_with(origin)),
            "{start}: {text}"
        );
    }
}

/// The guide's table of settings against the program itself.
#[test]
fn the_guide_names_every_setting_with_its_default() {
    let guide = include_str!("../../../docs/guides/self-hosting.md");
    let data = tempfile::tempdir().unwrap();
    let said = |arguments: &[&str]| {
        let output = pandaprobe(arguments, data.path()).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let help = said(&["serve", "--help"]);
    let printed = said(&["serve", "--print-config"]);
    let mut settings = Vec::new();
    for row in printed.lines() {
        let (name, default) = match row.split_once(" = ") {
            Some((name, rest)) => (name, rest.split(" # ").next().unwrap().trim()),
            // What is not set is a comment.
            None => (row.split_whitespace().nth(1).unwrap(), "none"),
        };
        settings.push(name);
        let start = format!("| `{name}` |");
        let described = guide.lines().find(|line| line.starts_with(&start));
        let described = described.unwrap_or_else(|| panic!("no row for {name}"));
        let cells: Vec<_> = described.split('|').map(str::trim).collect();
        let [_, _, argument, variable, told, meaning, _] = cells[..] else {
            panic!("{described}")
        };
        let argument = argument.trim_matches('`');
        assert!(argument == "none" || help.contains(argument), "{argument}");
        let upper = name.to_ascii_uppercase();
        assert_eq!(variable, format!("`PANDAPROBE_SERVER_{upper}`"));
        // The directory is of whoever runs the program.
        if name != "data" {
            assert_eq!(told.trim_matches('`'), default, "{name}");
        }
        assert!(meaning.len() > 10, "{described}");
    }
    let rows = guide
        .lines()
        .filter(|line| line.contains("| `PANDAPROBE_SERVER_"));
    let rows: Vec<_> = rows.map(|line| line.split('`').nth(1).unwrap()).collect();
    assert_eq!(rows, settings);
}
