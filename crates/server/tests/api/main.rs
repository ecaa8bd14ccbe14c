//! The API from outside, over a real socket and a real store. The folders are
//! those of the paths.

#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

mod bodies;
mod captured;
mod cli;
mod cors;
mod evaluations;
mod filters;
mod given;
mod health;
mod limits;
mod login;
mod me;
mod openapi;
mod organisations;
mod requests;
mod root;
mod security;
mod security_walk;
mod sessions;
mod subscriptions;
mod traces;
mod ui;
