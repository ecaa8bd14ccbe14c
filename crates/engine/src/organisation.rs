//! The one organisation of a server: who owns it, on which terms, and how much
//! it holds. There are keys but no users to log in as, so that the owner, the
//! membership and the subscription are fixed; their ids are made from the
//! organisation's and never change.

use jiff::ToSpan as _;
use jiff::tz::TimeZone;
use pandaprobe_model::Timestamp;
use pandaprobe_model::filter::Filter;
use pandaprobe_model::project::Organisation;
use pandaprobe_model::query::{Order, TraceQuery, TraceSort, Window};
use pandaprobe_store::Result;
use uuid::Uuid;

use crate::Engine;

/// The user that owns the organisation: whoever has a key, or is on loopback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The user's id.
    pub user_id: Uuid,
    /// The id of the membership.
    pub membership_id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// An address that no mail reaches.
    pub email: &'static str,
    /// What to call the user.
    pub display_name: &'static str,
    /// Since when.
    pub since: Timestamp,
}

impl Owner {
    /// Returns the owner of `organisation`.
    pub fn of(organisation: &Organisation) -> Self {
        Self {
            user_id: derived(organisation, 1),
            membership_id: derived(organisation, 2),
            org_id: organisation.id,
            email: "dev@localhost",
            display_name: "Local Developer",
            since: organisation.created_at,
        }
    }
}

/// The terms that the organisation has: nothing is limited and nothing costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// Since when.
    pub since: Timestamp,
    /// The calendar month (UTC): its first moment, and that of the next.
    pub period: (Timestamp, Timestamp),
}

impl Subscription {
    /// Returns the subscription of `organisation` at the time `now`.
    pub fn of(organisation: &Organisation, now: Timestamp) -> Self {
        Self {
            id: derived(organisation, 3),
            org_id: organisation.id,
            since: organisation.created_at,
            period: month_of(now),
        }
    }
}

/// An id that differs from the organisation's in its last bits.
fn derived(organisation: &Organisation, number: u128) -> Uuid {
    Uuid::from_u128(organisation.id.as_u128() ^ number)
}

/// The calendar month that a time lies in.
fn month_of(now: Timestamp) -> (Timestamp, Timestamp) {
    let utc = TimeZone::UTC;
    let time = jiff::Timestamp::from_nanosecond(i128::from(now.0)).unwrap_or_default();
    let first = utc.to_datetime(time).date().first_of_month();
    let next = first.saturating_add(1.month());
    let start = |date: jiff::civil::Date| {
        let time = utc.to_timestamp(date.at(0, 0, 0, 0)).unwrap_or_default();
        Timestamp(i64::try_from(time.as_nanosecond()).unwrap_or(i64::MAX))
    };
    (start(first), start(next))
}

impl Engine {
    /// Returns how many traces are stored now: in the project `only`, or in all.
    ///
    /// # Errors
    /// Any [`pandaprobe_store::StoreError`].
    pub async fn stored_traces(&self, only: Option<Uuid>) -> Result<u64> {
        let mut sum = 0;
        for project in self.store().projects().await? {
            if only.is_none_or(|only| only == project.id) {
                sum += self.store().traces(project.key, any_trace()).await?.total;
            }
        }
        Ok(sum)
    }
}

/// Selects every trace and asks for none of them.
fn any_trace() -> TraceQuery {
    TraceQuery {
        filter: Filter::all(),
        sort: TraceSort::default(),
        order: Order::default(),
        window: Window {
            limit: 0,
            offset: 0,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organisation() -> Organisation {
        Organisation {
            id: Uuid::from_u128(0x1234_5678_1234_4678_8234_5678_1234_5678),
            name: "o".to_owned(),
            created_at: Timestamp(5),
        }
    }

    #[test]
    fn what_is_made_from_the_organisation_has_ids_of_its_own() {
        let organisation = organisation();
        let owner = Owner::of(&organisation);
        let subscription = Subscription::of(&organisation, Timestamp(0));
        let mut ids = vec![
            organisation.id,
            owner.user_id,
            owner.membership_id,
            subscription.id,
        ];
        assert!(ids.iter().all(|id| id.get_version_num() == 4));
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 4);
        assert_eq!(Owner::of(&organisation), owner, "they stay");
    }

    #[test]
    fn periods_are_calendar_months() {
        let time = |text: &str| Timestamp::parse(text).unwrap();
        for (now, first, next) in [
            ("2026-01-01T00:00:00Z", "2026-01-01", "2026-02-01"),
            ("2026-02-28T23:59:59.999999Z", "2026-02-01", "2026-03-01"),
            ("2027-12-31T12:00:00Z", "2027-12-01", "2028-01-01"),
        ] {
            assert_eq!(month_of(time(now)), (time(first), time(next)), "{now}");
        }
    }
}
