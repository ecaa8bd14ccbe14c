//! The terms of the organisation in answers: one plan without limits, nothing
//! to pay.

use pandaprobe_engine::organisation::Subscription;
use serde::Serialize;
use utoipa::ToSchema;

use super::values::{Id, Time, UuidText};

/// Stands for "no limit": the largest integer that every JSON reader has exactly.
const UNLIMITED: u64 = (1 << 53) - 1;

/// The plans there are.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum PlanName {
    /// Nothing is limited and nothing costs.
    Development,
}

/// The states a subscription can be in.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum SubscriptionStatus {
    /// In force.
    Active,
}

/// What a plan includes; 9007199254740991 means that there is no limit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanLimits {
    base_traces: u64,
    base_trace_evals: u64,
    base_session_evals: u64,
    monitoring_allowed: bool,
    /// One: the server has no users besides its owner.
    max_members: u64,
    pay_as_you_go: bool,
}

impl PlanLimits {
    const NONE: Self = Self {
        base_traces: UNLIMITED,
        base_trace_evals: UNLIMITED,
        base_session_evals: UNLIMITED,
        monitoring_allowed: true,
        max_members: 1,
        pay_as_you_go: false,
    };
}

/// A plan.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Plan {
    plan: PlanName,
    name: &'static str,
    description: &'static str,
    limits: PlanLimits,
}

impl Plan {
    /// The one plan there is.
    pub(crate) const ONLY: Self = Self {
        plan: PlanName::Development,
        name: "Development",
        description: "Your own server: nothing is limited and nothing costs",
        limits: PlanLimits::NONE,
    };
}

/// The organization's subscription.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Subscription)]
pub(crate) struct SubscriptionAnswer {
    id: UuidText,
    org_id: UuidText,
    plan: PlanName,
    status: SubscriptionStatus,
    /// The first moment of this calendar month (UTC).
    current_period_start: Time,
    /// The first moment of the next one.
    current_period_end: Time,
    /// Null: it cannot be cancelled.
    #[schema(required)]
    canceled_at: Option<Time>,
    created_at: Time,
}

impl From<Subscription> for SubscriptionAnswer {
    fn from(subscription: Subscription) -> Self {
        let Subscription {
            id,
            org_id,
            since,
            period: (start, end),
        } = subscription;
        Self {
            id: Id(id),
            org_id: Id(org_id),
            plan: PlanName::Development,
            status: SubscriptionStatus::Active,
            current_period_start: Time(start),
            current_period_end: Time(end),
            canceled_at: None,
            created_at: Time(since),
        }
    }
}

/// How much of the plan is used.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubscriptionUsage {
    plan: PlanName,
    status: SubscriptionStatus,
    /// The first moment of this calendar month (UTC).
    period_start: Time,
    /// The first moment of the next one.
    period_end: Time,
    /// Traces that are stored now, whenever they came; of all projects that the
    /// key opens.
    traces: u64,
    /// Traces that evaluation runs judged.
    trace_evals: u64,
    /// Sessions that evaluation runs judged.
    session_evals: u64,
    limits: PlanLimits,
}

impl SubscriptionUsage {
    /// Says that `traces` are stored.
    pub(crate) fn new(subscription: &Subscription, traces: u64) -> Self {
        let (start, end) = subscription.period;
        Self {
            plan: PlanName::Development,
            status: SubscriptionStatus::Active,
            period_start: Time(start),
            period_end: Time(end),
            traces,
            trace_evals: 0,
            session_evals: 0,
            limits: PlanLimits::NONE,
        }
    }
}

/// What this month costs: nothing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Billing {
    plan: PlanName,
    status: SubscriptionStatus,
    period_start: Time,
    period_end: Time,
    /// What is owed, in `currency`.
    amount_due: u64,
    currency: &'static str,
    /// Single charges.
    items: [Charge; 0],
}

impl Billing {
    /// Says that nothing is owed.
    pub(crate) fn new(subscription: &Subscription) -> Self {
        let (start, end) = subscription.period;
        Self {
            plan: PlanName::Development,
            status: SubscriptionStatus::Active,
            period_start: Time(start),
            period_end: Time(end),
            amount_due: 0,
            currency: "usd",
            items: [],
        }
    }
}

/// A charge. There are none.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Charge {}

/// All invoices there are.
pub(crate) const NO_INVOICES: [Invoice; 0] = [];

/// An invoice. There are none.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Invoice {}
