//! The `pandaprobe` program: arguments → settings → a role.

mod cli;
mod commands;
mod demo;
mod failure;
mod logging;
mod say;
mod settings;

use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, Command};

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve(arguments) => commands::serve::run(arguments),
        Command::Demo(arguments) => commands::demo::run(arguments),
        Command::Openapi => commands::openapi::run(),
        Command::Backup(arguments) => commands::backup::run(&arguments),
        Command::Restore(arguments) => commands::restore::run(&arguments),
        // It has exit codes of its own.
        Command::Doctor(arguments) => return commands::doctor::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say::error(&failure);
            ExitCode::FAILURE
        }
    }
}
