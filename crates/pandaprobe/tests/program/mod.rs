//! The real program: run to its end, or as a server that answers.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what fails here fails the test"
)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A command of the program, free of the settings of whoever runs the tests.
pub(crate) fn command(arguments: &[&str]) -> Command {
    cleaned(Command::new(env!("CARGO_BIN_EXE_pandaprobe")), arguments)
}

/// Takes the settings of whoever runs the tests away.
pub(crate) fn cleaned(mut command: Command, arguments: &[&str]) -> Command {
    for (name, _) in std::env::vars() {
        if name.starts_with("PANDAPROBE_") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command.args(arguments);
    command
}

/// Runs a command to its end.
pub(crate) fn ended(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str]) -> Ended {
    ended(&mut command(arguments))
}

/// The path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A server that has said where it listens.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start(data: &Path) -> Self {
        let mut process = command(&["serve", "--listen", "127.0.0.1:0", "--data", text(data)])
            .current_dir(data)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = lines.map_while(Result::ok).find_map(|line| {
            let word = line
                .split_whitespace()
                .find(|word| word.ends_with("/ui/"))?;
            Some(word.trim_end_matches("/ui/").to_owned())
        });
        Self {
            process,
            url: url.expect("the server says where it listens"),
        }
    }

    /// Asks something of the project `demo`; the status and the answer.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        ask(&self.url, method, path, body).expect("the server answers")
    }

    /// Stops the server in order.
    pub(crate) fn stop(mut self) {
        let process = self.process.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &process]).status();
        assert!(sent.unwrap().success());
        assert!(self.process.wait().unwrap().success());
    }

    /// Ends the server at once.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Asks a server; `None` if it does not answer.
pub(crate) fn ask(url: &str, method: &str, path: &str, body: &str) -> Option<(u16, Value)> {
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .build()
        .new_agent();
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{url}{path}"))
        .header("X-Project-Name", "demo")
        .header("Content-Type", "application/json")
        .body(body.to_owned())
        .unwrap();
    let mut answer = agent.run(request).ok()?;
    let text = answer.body_mut().read_to_string().ok()?;
    let value = serde_json::from_str(&text).unwrap_or(Value::Null);
    Some((answer.status().as_u16(), value))
}
