mod list;
mod projects;
