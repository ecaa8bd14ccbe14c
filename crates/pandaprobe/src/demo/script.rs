//! Conversations as data: what the user says, which tools the agent calls,
//! what it answers. Texts hold slots such as `<order>` that are filled anew
//! for every session.

use serde_json::Value;

use super::dice::Dice;
use super::trace::Kind;

/// A kind of conversation.
pub(crate) struct Script {
    /// What the conversation is about; becomes a tag and a metadata value.
    pub(crate) topic: &'static str,
    pub(crate) titles: &'static [&'static str],
    pub(crate) turns: &'static [Turn],
}

/// One request of the user and how the agent comes to its answer.
pub(crate) struct Turn {
    /// Ways to say it; one is taken.
    pub(crate) user: &'static [&'static str],
    pub(crate) calls: &'static [Call],
    pub(crate) reply: &'static [&'static str],
    /// Whether some conversations go without this turn.
    pub(crate) optional: bool,
}

/// One tool call or retrieval; arguments and result are JSON with slots.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    pub(crate) arguments: &'static str,
    pub(crate) result: &'static str,
    pub(crate) median_ms: u64,
    /// Whether the call fails, with `result` as its error. The agent sees
    /// the error and goes on.
    pub(crate) fails: bool,
}

/// The values of a session's slots.
#[derive(Default)]
pub(crate) struct Slots(Vec<(&'static str, String)>);

impl Slots {
    /// Sets the slot written `<name>`.
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    /// Sets the slot `<name>` in place of an earlier value.
    pub(crate) fn replace(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.retain(|(known, _)| *known != name);
        self.set(name, value);
    }

    /// Returns the text with every known slot filled.
    pub(crate) fn fill(&self, text: &str) -> String {
        let mut filled = text.to_owned();
        for (name, value) in &self.0 {
            filled = filled.replace(&format!("<{name}>"), value);
        }
        filled
    }

    /// Returns the filled text as JSON; a text that is no JSON becomes a
    /// JSON string, as a tool's raw output would.
    pub(crate) fn fill_json(&self, text: &str) -> Value {
        let filled = self.fill(text);
        serde_json::from_str(&filled).unwrap_or(Value::String(filled))
    }
}

impl Script {
    /// Returns the turns of one conversation: the fixed ones and some of the
    /// optional ones.
    pub(crate) fn choose_turns(&self, dice: &mut Dice) -> Vec<&'static Turn> {
        let turns = self.turns.iter();
        turns
            .filter(|turn| !turn.optional || dice.chance(0.55))
            .collect()
    }
}

/// Returns the text as it stands between the quotes of a JSON string, for
/// slots inside JSON.
pub(crate) fn escape(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Returns a turn that every conversation of the script has.
pub(crate) const fn turn(
    user: &'static [&'static str],
    calls: &'static [Call],
    reply: &'static [&'static str],
) -> Turn {
    Turn {
        user,
        calls,
        reply,
        optional: false,
    }
}

/// Returns a turn that only some conversations have.
pub(crate) const fn maybe(
    user: &'static [&'static str],
    calls: &'static [Call],
    reply: &'static [&'static str],
) -> Turn {
    Turn {
        user,
        calls,
        reply,
        optional: true,
    }
}

/// Returns a tool call.
pub(crate) const fn tool(
    name: &'static str,
    arguments: &'static str,
    result: &'static str,
    median_ms: u64,
) -> Call {
    Call {
        kind: Kind::Tool,
        name,
        arguments,
        result,
        median_ms,
        fails: false,
    }
}

/// Returns a tool call that fails with an error.
pub(crate) const fn failing(
    name: &'static str,
    arguments: &'static str,
    error: &'static str,
    median_ms: u64,
) -> Call {
    Call {
        fails: true,
        ..tool(name, arguments, error, median_ms)
    }
}

/// Returns a search in the knowledge base.
pub(crate) const fn search(arguments: &'static str, result: &'static str) -> Call {
    Call {
        kind: Kind::Retriever,
        name: "search_knowledge_base",
        arguments,
        result,
        median_ms: 60,
        fails: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_filled_in_text_and_json() {
        let mut slots = Slots::default();
        slots.set("order", "LF-1");
        slots.set("amount", "12.50");
        assert_eq!(slots.fill("order <order>, <other>"), "order LF-1, <other>");
        let json = slots.fill_json(r#"{"id":"<order>","amount":<amount>}"#);
        assert_eq!(json, serde_json::json!({"id": "LF-1", "amount": 12.5}));
        assert_eq!(slots.fill_json("exit <order>"), "exit LF-1");
    }
}
