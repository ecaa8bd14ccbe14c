mod by_id;
mod get;
mod list;
