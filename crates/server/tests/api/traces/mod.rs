mod batch;
mod create;
mod get;
mod list;
