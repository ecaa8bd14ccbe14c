//! The API from outside, over a real socket and a real store. The folders are
//! those of the paths.

#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

mod bodies;
mod given;
mod health;
mod login;
mod openapi;
mod organisations;
mod requests;
mod root;
mod security;
mod sessions;
mod traces;
mod ui;
