//! What goes wrong in production, and how it reads in a trace.

use super::dice::Dice;

/// A mishap in one turn of a conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// The provider refuses a call; the agent waits and tries again.
    RateLimited,
    /// A tool times out once; the second try works.
    ToolTimeout,
    /// A tool fails every time; the agent apologises.
    ToolDown,
    /// The agent itself breaks; the user sees nothing.
    Crash,
    /// The agent goes in circles until its step limit stops it.
    Loop,
}

const FAULTS: [(Fault, u32); 4] = [
    (Fault::RateLimited, 35),
    (Fault::ToolTimeout, 30),
    (Fault::ToolDown, 18),
    (Fault::Crash, 17),
];

const REFUSALS: [&str; 4] = [
    "RateLimitError: 429 Too Many Requests: rate limit reached for tokens per minute (limit 450000, used 448211, requested 6120), retry in 1.2s",
    "APIStatusError: 529 overloaded_error: the service is temporarily overloaded",
    "RateLimitError: 429 quota exceeded for requests per minute per region",
    "InternalServerError: 503 the server had an error while processing your request",
];

const TIMEOUTS: [&str; 4] = [
    "TimeoutError: no answer within 10.0 s",
    "ReadTimeout: HTTPSConnectionPool(host='erp.internal', port=443): read timed out (read timeout=10)",
    "ConnectionResetError: [Errno 104] Connection reset by peer",
    "asyncio.TimeoutError after 10000 ms in tool executor",
];

const OUTAGES: [&str; 4] = [
    "HTTP 502 Bad Gateway from erp.internal: upstream connect error",
    "psycopg.OperationalError: connection to server at \"orders-db\" failed: FATAL: remaining connection slots are reserved",
    "PermissionError: service account agent-prod lacks scope orders:write",
    "HTTP 503 Service Unavailable: maintenance window until 04:00 UTC",
];

const CRASHES: [&str; 5] = [
    "ValidationError: 1 validation error for ToolArguments\namount\n  Input should be a valid number, unable to parse string as a number [type=float_parsing, input_value='129,00', input_type=str]",
    "KeyError: 'tool_calls'",
    "JSONDecodeError: Expecting ',' delimiter: line 1 column 214 (char 213)",
    "ContextWindowExceededError: prompt is too long: 204118 tokens > 200000 maximum",
    "CancelledError: client disconnected",
];

const LIMIT: &str = "MaxIterationsExceeded: agent stopped after 16 steps without a final answer";

impl Fault {
    /// Returns one of the faults, frequent ones more often.
    pub(crate) fn any(dice: &mut Dice) -> Self {
        let weights = FAULTS.map(|(_, weight)| weight);
        FAULTS[dice.weighted(&weights)].0
    }

    /// Returns an error text for this fault.
    pub(crate) fn error(self, dice: &mut Dice) -> &'static str {
        match self {
            Self::RateLimited => dice.pick(&REFUSALS),
            Self::ToolTimeout => dice.pick(&TIMEOUTS),
            Self::ToolDown => dice.pick(&OUTAGES),
            Self::Crash => dice.pick(&CRASHES),
            Self::Loop => LIMIT,
        }
    }

    /// Whether the fault happens in a tool, so that a turn needs one.
    pub(crate) fn needs_tool(self) -> bool {
        matches!(self, Self::ToolTimeout | Self::ToolDown)
    }
}
