mod analytics;
mod batch_delete;
mod batch_tags;
mod by_id;
mod delete;
mod get;
mod list;
mod update;
