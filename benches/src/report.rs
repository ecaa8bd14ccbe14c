//! How figures are shown: one Markdown row each, or JSON.

use serde_json::{Value, json};

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Better {
    Higher,
    Lower,
}

/// A requirement: what must be reached and what is aimed at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Goal {
    pub(crate) must: f64,
    pub(crate) aim: f64,
    pub(crate) better: Better,
}

/// The same thing measured without a server around it, in the same minute.
#[derive(Debug, Clone)]
pub(crate) struct Yardstick {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
}

/// One measured figure.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) goal: Option<Goal>,
    pub(crate) yardsticks: Vec<Yardstick>,
    /// What else there is to know, in a few words.
    pub(crate) note: String,
}

/// What a command found out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Report {
    pub(crate) figures: Vec<Figure>,
    /// Figures behind the figures, for JSON.
    pub(crate) details: Vec<Figure>,
    /// The same details as a table, for people.
    pub(crate) table: String,
}

impl From<Vec<Figure>> for Report {
    fn from(figures: Vec<Figure>) -> Self {
        Self {
            figures,
            ..Self::default()
        }
    }
}

impl Report {
    /// Returns the report as Markdown, or as a JSON array; `None` when there
    /// is nothing to say.
    pub(crate) fn render(&self, as_json: bool) -> Option<String> {
        if self.figures.is_empty() {
            return None;
        }
        if as_json {
            let all = self.figures.iter().chain(&self.details);
            return Some(Value::Array(all.map(Figure::to_json).collect()).to_string());
        }
        let figures = table(&self.figures);
        let text = format!("{figures}\n\n{}", self.table);
        Some(text.trim_end().to_owned())
    }
}

impl Goal {
    /// A goal for something that should be large.
    pub(crate) const fn at_least(must: f64, aim: f64) -> Self {
        Self {
            must,
            aim,
            better: Better::Higher,
        }
    }

    /// A goal for something that should be small.
    pub(crate) const fn at_most(must: f64, aim: f64) -> Self {
        Self {
            must,
            aim,
            better: Better::Lower,
        }
    }

    fn verdict(self, value: f64) -> &'static str {
        let reached = |goal: f64| match self.better {
            Better::Higher => value >= goal,
            Better::Lower => value <= goal,
        };
        match (reached(self.must), reached(self.aim)) {
            (_, true) => "aim reached",
            (true, false) => "must reached",
            (false, false) => "MISSED",
        }
    }
}

impl Figure {
    /// Returns a figure without goal, yardstick or note.
    pub(crate) fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
            goal: None,
            yardsticks: Vec::new(),
            note: String::new(),
        }
    }

    /// Sets the goal.
    pub(crate) fn goal(mut self, goal: Goal) -> Self {
        self.goal = Some(goal);
        self
    }

    /// Sets the note.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Adds a yardstick in the same unit.
    pub(crate) fn yardstick(mut self, name: &'static str, value: f64) -> Self {
        self.yardsticks.push(Yardstick { name, value });
        self
    }

    fn row(&self) -> String {
        let (must, aim, verdict) = match self.goal {
            Some(goal) => (
                number(goal.must),
                number(goal.aim),
                goal.verdict(self.value),
            ),
            None => ("–".to_owned(), "–".to_owned(), "–"),
        };
        let ratios: Vec<String> = self.yardsticks.iter().map(|y| self.ratio(y)).collect();
        let ratios = if ratios.is_empty() {
            "–".to_owned()
        } else {
            ratios.join("; ")
        };
        format!(
            "| {} | {} {} | {must} | {aim} | {verdict} | {ratios} | {} |",
            self.name,
            number(self.value),
            self.unit,
            self.note
        )
    }

    fn ratio(&self, yardstick: &Yardstick) -> String {
        let ratio = self.value / yardstick.value.max(f64::MIN_POSITIVE);
        let shown = if ratio >= 0.1 {
            format!("{ratio:.2}")
        } else {
            format!("{ratio:.4}")
        };
        format!(
            "{shown} of {} ({} {})",
            yardstick.name,
            number(yardstick.value),
            self.unit
        )
    }

    fn to_json(&self) -> Value {
        let yardsticks = self.yardsticks.iter();
        json!({
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "must": self.goal.map(|goal| goal.must),
            "aim": self.goal.map(|goal| goal.aim),
            "verdict": self.goal.map(|goal| goal.verdict(self.value)),
            "yardsticks": yardsticks
                .map(|y| json!({"name": y.name, "value": y.value, "ratio": self.value / y.value}))
                .collect::<Vec<_>>(),
            "note": self.note,
        })
    }
}

fn table(figures: &[Figure]) -> String {
    let mut table = String::from(
        "| what | measured | must | aim | verdict | yardstick | note |\n|---|---:|---:|---:|---|---|---|",
    );
    for figure in figures {
        table.push('\n');
        table.push_str(&figure.row());
    }
    table
}

/// Returns a number as people read it: thousands apart, few decimals.
fn number(value: f64) -> String {
    if value.abs() < 100.0 {
        let text = format!("{value:.2}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_say_whether_the_goal_is_reached() {
        let goal = Goal::at_least(25_000.0, 40_000.0);
        let row = |value| Figure::new("ingest", value, "spans/s").goal(goal).row();
        assert!(row(24_999.0).contains("MISSED"));
        assert!(row(25_000.0).contains("must reached"));
        assert!(row(41_000.0).contains("| 41,000 spans/s | 25,000 | 40,000 | aim reached |"));
        assert_eq!(Goal::at_most(50.0, 10.0).verdict(51.0), "MISSED");
        assert_eq!(Goal::at_most(50.0, 10.0).verdict(9.0), "aim reached");
    }

    #[test]
    fn details_are_for_json_only() {
        let report = Report {
            figures: vec![Figure::new("worst", 9.0, "ms")],
            details: vec![Figure::new("each", 1.0, "ms")],
            table: "| matrix |".to_owned(),
        };
        let markdown = report.render(false).unwrap();
        assert!(markdown.contains("worst") && markdown.ends_with("| matrix |"));
        assert!(!markdown.contains("each"));
        assert!(report.render(true).unwrap().contains("each"));
        assert!(Report::default().render(true).is_none());
    }

    #[test]
    fn yardsticks_become_ratios() {
        let figure = Figure::new("x", 30.0, "spans/s").yardstick("discard", 120.0);
        assert!(figure.row().contains("0.25 of discard (120 spans/s)"));
        assert_eq!(figure.to_json()["yardsticks"][0]["ratio"], 0.25);
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(number(1_234_567.8), "1,234,568");
        assert_eq!(number(0.5), "0.5");
        assert_eq!(number(12.0), "12");
        assert_eq!(number(123.0), "123");
    }
}
