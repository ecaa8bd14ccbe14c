//! What was wrong with a body, and where.

use std::borrow::Cow;

use crate::errors::FieldError;

/// So many errors are listed; more are only counted.
pub(crate) const LISTED: usize = 1_000;

/// A place in a body: a chain from the member up to the root, put into words
/// only when something is wrong there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a> {
    above: Option<&'a At<'a>>,
    part: Part<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Part<'a> {
    Name(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    /// The member `name` of `above`, or of the body.
    pub(crate) fn name(above: Option<&'a At<'a>>, name: &'a str) -> Self {
        let part = Part::Name(name);
        Self { above, part }
    }

    /// The element `index` of `above`, or of the body.
    pub(crate) fn index(above: Option<&'a At<'a>>, index: usize) -> Self {
        let part = Part::Index(index);
        Self { above, part }
    }

    fn words(&self) -> String {
        let own = match self.part {
            Part::Name(name) => name.to_owned(),
            Part::Index(index) => index.to_string(),
        };
        match self.above {
            Some(above) => format!("{} -> {own}", above.words()),
            None => own,
        }
    }
}

/// Everything wrong that was found so far.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Problems {
    listed: Vec<FieldError>,
    /// Found after the list was full: a body of millions of bad values must
    /// not become an answer many times its size.
    unlisted: usize,
}

impl Problems {
    pub(crate) fn add(&mut self, at: Option<&At<'_>>, message: impl Into<Cow<'static, str>>) {
        if self.listed.len() >= LISTED {
            self.unlisted += 1;
            return;
        }
        let field = at.map(At::words).unwrap_or_default();
        self.listed.push(FieldError::new(field, message));
    }

    /// Takes over what `other` found.
    pub(crate) fn append(&mut self, other: Self) {
        let room = LISTED - self.listed.len();
        self.unlisted += other.unlisted + other.listed.len().saturating_sub(room);
        self.listed.extend(other.listed.into_iter().take(room));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// Returns at most `most` of the errors, and one that counts the rest.
    pub(crate) fn into_list(self, most: usize) -> Vec<FieldError> {
        let mut list = self.listed;
        let rest = self.unlisted + list.len().saturating_sub(most);
        list.truncate(most);
        if rest > 0 {
            list.push(FieldError::new("", format!("and {rest} more errors")));
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_joined_by_arrows() {
        let spans = At::name(None, "spans");
        let first = At::index(Some(&spans), 0);
        assert_eq!(At::name(Some(&first), "name").words(), "spans -> 0 -> name");
    }

    #[test]
    fn long_lists_are_cut_and_counted() {
        let mut all = Problems::default();
        for _ in 0..2 {
            let mut part = Problems::default();
            for _ in 0..LISTED + 5 {
                part.add(None, "x");
            }
            all.append(part);
        }
        let list = all.into_list(10);
        assert_eq!(list.len(), 11);
        assert_eq!(list[10].message, "and 2000 more errors");
    }
}
