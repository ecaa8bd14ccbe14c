//! What an answer of the server means for the items that were sent.

use std::time::{Duration, SystemTime};

use serde::Deserialize;

use crate::batch::{Failure, Outcome, Route};
use crate::retry::parse_retry_after;

/// Longest text of the server that is repeated in a log message, in characters.
const REASON_MAX: usize = 200;

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// Decides what becomes of the items of a request.
pub(crate) fn classify(answer: &Answer, route: Route, now: SystemTime) -> Outcome {
    match answer.status {
        200..=299 if route == Route::TraceBatch => Outcome::Delivered {
            rejected: rejections(&answer.body),
        },
        200..=299 => Outcome::Delivered {
            rejected: Vec::new(),
        },
        404 | 405 if route == Route::TraceBatch => Outcome::NoBatchEndpoint,
        404 if route == Route::Score => Outcome::UnknownTrace(reason(answer)),
        408 | 429 | 500..=599 => Outcome::Failed(Failure {
            reason: reason(answer),
            wait: wait(answer, now),
            unreachable: false,
            // Too many requests says nothing about the items.
            divisible: answer.status != 429,
        }),
        status => Outcome::Refused {
            reason: reason(answer),
            // A bad key or a redirect would be the same for each item alone.
            divisible: matches!(status, 400 | 413 | 415 | 422),
        },
    }
}

fn wait(answer: &Answer, now: SystemTime) -> Option<Duration> {
    parse_retry_after(answer.retry_after.as_deref()?, now)
}

/// `HTTP 422: <detail>`, with the contract's `detail` if the body has one.
fn reason(answer: &Answer) -> String {
    #[derive(Deserialize)]
    struct Problem {
        detail: serde_json::Value,
    }
    let body = String::from_utf8_lossy(&answer.body);
    let detail = match serde_json::from_str::<Problem>(&body) {
        Ok(Problem {
            detail: serde_json::Value::String(detail),
        }) => detail,
        Ok(Problem { detail }) => detail.to_string(),
        Err(_) => body.trim().to_owned(),
    };
    let status = answer.status;
    if detail.is_empty() {
        format!("HTTP {status}")
    } else {
        format!("HTTP {status}: {}", short(&detail))
    }
}

fn short(text: &str) -> String {
    let mut chars = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let kept: String = chars.by_ref().take(REASON_MAX).collect();
    if chars.next().is_some() {
        kept + "…"
    } else {
        kept
    }
}

/// Reasons of the items that a batch answer rejects. An answer that cannot be read
/// counts as success, as any 2xx does in the contract.
fn rejections(body: &[u8]) -> Vec<String> {
    #[derive(Deserialize)]
    struct BatchAnswer {
        items: Vec<Item>,
    }
    #[derive(Deserialize)]
    struct Item {
        #[serde(default)]
        status: String,
        error: Option<ItemError>,
    }
    #[derive(Deserialize)]
    struct ItemError {
        #[serde(default)]
        detail: String,
        #[serde(default)]
        errors: Vec<FieldError>,
    }
    #[derive(Deserialize)]
    struct FieldError {
        #[serde(default)]
        field: String,
        #[serde(default)]
        message: String,
    }
    let describe = |error: ItemError| match error.errors.first() {
        Some(first) => short(&format!(
            "{}: {}: {}",
            error.detail, first.field, first.message
        )),
        None => short(&error.detail),
    };
    let Ok(answer) = serde_json::from_slice::<BatchAnswer>(body) else {
        return Vec::new();
    };
    let rejected = answer
        .items
        .into_iter()
        .filter(|item| item.status == "rejected");
    rejected
        .map(|item| {
            item.error
                .map_or_else(|| "no reason given".to_owned(), describe)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            retry_after: None,
            body: body.as_bytes().to_vec(),
        }
    }

    fn outcome(status: u16, body: &str, batch: bool) -> Outcome {
        let route = if batch {
            Route::TraceBatch
        } else {
            Route::SingleTrace
        };
        classify(&answer(status, body), route, SystemTime::now())
    }

    #[test]
    fn any_2xx_is_success_whatever_the_body() {
        for body in [
            "",
            "<html>",
            "[]",
            r#"{"items":3}"#,
            r#"{"trace_id":"x","task_id":"y"}"#,
        ] {
            assert_eq!(
                outcome(202, body, true),
                Outcome::Delivered {
                    rejected: Vec::new()
                }
            );
            assert_eq!(
                outcome(200, body, false),
                Outcome::Delivered {
                    rejected: Vec::new()
                }
            );
        }
    }

    #[test]
    fn rejected_items_carry_their_reason() {
        let body = r#"{"items":[{"trace_id":null,"status":"rejected","error":{"detail":"Validation error",
            "errors":[{"field":"name","message":"Field required"}]}},{"trace_id":"a","status":"accepted"},
            {"trace_id":"b","status":"rejected"}]}"#;
        let rejected = vec![
            "Validation error: name: Field required".to_owned(),
            "no reason given".to_owned(),
        ];
        assert_eq!(outcome(202, body, true), Outcome::Delivered { rejected });
    }

    #[test]
    fn a_missing_batch_endpoint_is_told_from_a_missing_server() {
        assert_eq!(outcome(404, "", true), Outcome::NoBatchEndpoint);
        assert_eq!(outcome(405, "", true), Outcome::NoBatchEndpoint);
        assert_eq!(
            outcome(404, "", false),
            Outcome::Refused {
                reason: "HTTP 404".into(),
                divisible: false
            }
        );
    }

    #[test]
    fn a_score_of_an_unknown_trace_is_told_from_a_bad_one() {
        let score = |status| classify(&answer(status, ""), Route::Score, SystemTime::now());
        assert_eq!(score(404), Outcome::UnknownTrace("HTTP 404".into()));
        assert!(matches!(score(422), Outcome::Refused { .. }));
        assert!(matches!(score(201), Outcome::Delivered { .. }));
    }

    #[test]
    fn overload_is_waited_out_as_the_server_asks() {
        let answer = Answer {
            retry_after: Some("3".into()),
            ..answer(429, r#"{"detail":"slow down"}"#)
        };
        let expected = Failure {
            reason: "HTTP 429: slow down".into(),
            wait: Some(Duration::from_secs(3)),
            unreachable: false,
            divisible: false,
        };
        assert_eq!(
            classify(&answer, Route::TraceBatch, SystemTime::now()),
            Outcome::Failed(expected)
        );
    }

    #[test]
    fn a_bad_key_is_final_and_a_bad_item_is_looked_for() {
        assert_eq!(
            outcome(401, r#"{"detail":"Invalid API key"}"#, true),
            Outcome::Refused {
                reason: "HTTP 401: Invalid API key".into(),
                divisible: false
            }
        );
        assert!(matches!(
            outcome(413, "", true),
            Outcome::Refused {
                divisible: true,
                ..
            }
        ));
        assert!(matches!(
            outcome(302, "", true),
            Outcome::Refused {
                divisible: false,
                ..
            }
        ));
        assert!(matches!(
            outcome(500, "", true),
            Outcome::Failed(Failure {
                divisible: true,
                ..
            })
        ));
    }

    #[test]
    fn long_answers_are_cut() {
        let Outcome::Refused { reason, .. } = outcome(422, &"x\n".repeat(1000), false) else {
            panic!()
        };
        assert!(reason.chars().count() < 250);
        assert!(!reason.contains('\n'));
    }
}
