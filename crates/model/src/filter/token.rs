//! From text to tokens.

use super::FilterError;

/// A token and where it is, in characters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) at: usize,
    pub(super) len: usize,
    /// Whether white space, or the beginning, is before it.
    pub(super) apart: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    /// A word outside of quotes.
    Word(String),
    /// A text in quotes.
    Quoted(String),
    Open,
    Close,
    Comma,
    Colon,
    /// `-` at the beginning of a term.
    Minus,
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`.
    Compare(Compare),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compare {
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// Cuts a text into tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut lexer = Lexer {
        chars: text.chars().collect(),
        at: 0,
        tokens: Vec::new(),
    };
    while lexer.at < lexer.chars.len() {
        lexer.next()?;
    }
    Ok(lexer.tokens)
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer {
    fn next(&mut self) -> Result<(), FilterError> {
        let apart = self.skip_space();
        let start = self.at;
        let Some(first) = self.peek(0) else {
            return Ok(());
        };
        let begins =
            apart || matches!(self.last(), None | Some(TokenKind::Open | TokenKind::Minus));
        let kind = match first {
            '(' => self.one(TokenKind::Open),
            ')' => self.one(TokenKind::Close),
            ',' => self.one(TokenKind::Comma),
            ':' => self.one(TokenKind::Colon),
            '"' => self.quoted()?,
            '=' | '!' | '<' | '>' if self.compare().is_some() => self.comparison(),
            '-' if begins && self.peek(1).is_some_and(|next| !next.is_whitespace()) => {
                self.one(TokenKind::Minus)
            }
            _ => TokenKind::Word(self.word(apart)),
        };
        self.tokens.push(Token {
            kind,
            at: start,
            len: self.at - start,
            apart,
        });
        Ok(())
    }

    fn skip_space(&mut self) -> bool {
        let start = self.at;
        while self.peek(0).is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        self.at > start || start == 0
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn last(&self) -> Option<&TokenKind> {
        self.tokens.last().map(|token| &token.kind)
    }

    fn one(&mut self, kind: TokenKind) -> TokenKind {
        self.at += 1;
        kind
    }

    fn compare(&self) -> Option<(Compare, usize)> {
        Some(match (self.peek(0)?, self.peek(1)) {
            ('!', Some('=')) => (Compare::NotEqual, 2),
            ('<', Some('=')) => (Compare::AtMost, 2),
            ('>', Some('=')) => (Compare::AtLeast, 2),
            ('=', Some('=')) => (Compare::Equal, 2),
            ('=', _) => (Compare::Equal, 1),
            ('<', _) => (Compare::Less, 1),
            ('>', _) => (Compare::More, 1),
            _ => return None,
        })
    }

    fn comparison(&mut self) -> TokenKind {
        let (compare, len) = self.compare().unwrap_or((Compare::Equal, 1));
        self.at += len;
        TokenKind::Compare(compare)
    }

    /// A text in quotes; a backslash takes the next character as it is.
    fn quoted(&mut self) -> Result<TokenKind, FilterError> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        while let Some(next) = self.peek(0) {
            self.at += 1;
            match next {
                '"' => return Ok(TokenKind::Quoted(text)),
                '\\' => {
                    text.extend(self.peek(0));
                    self.at += 1;
                }
                other => text.push(other),
            }
        }
        Err(FilterError {
            at: start,
            len: self.chars.len() - start,
            message: "this quote is never closed".to_owned(),
            nearest: None,
        })
    }

    /// Whether the last colon is that of `any(span:`, with a filter behind it.
    fn opens_inside(&self) -> bool {
        let before = |back: usize| {
            let at = self.tokens.len().checked_sub(back)?;
            self.tokens.get(at).map(|token| &token.kind)
        };
        matches!(before(2), Some(TokenKind::Word(_)))
            && before(3) == Some(&TokenKind::Open)
            && matches!(before(4), Some(TokenKind::Word(word))
                if word.eq_ignore_ascii_case("any") || word.eq_ignore_ascii_case("count"))
    }

    /// A word goes on to the next space, bracket, comma, quote or comparison.
    /// A colon ends it as well, unless it is inside a value, as in a time or a
    /// URL.
    fn word(&mut self, apart: bool) -> String {
        let in_value = match self.last() {
            Some(TokenKind::Colon) => !apart && !self.opens_inside(),
            Some(TokenKind::Compare(_)) => true,
            _ => false,
        };
        let start = self.at;
        while let Some(next) = self.peek(0) {
            let ends = match next {
                '(' | ')' | ',' | '"' => true,
                ':' => !in_value,
                '=' | '<' | '>' => !in_value,
                '!' => !in_value && self.peek(1) == Some('='),
                other => other.is_whitespace(),
            };
            if ends && self.at > start {
                break;
            }
            self.at += 1;
            if ends {
                break;
            }
        }
        self.chars[start..self.at].iter().collect()
    }
}
