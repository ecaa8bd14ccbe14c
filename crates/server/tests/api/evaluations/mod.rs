mod create_score;
mod list_scores;
