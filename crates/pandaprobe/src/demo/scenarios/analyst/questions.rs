//! What people ask the data analyst agent, with the SQL it writes.

/// A question, the query that answers it and, for some, a first query that
/// the warehouse refuses.
pub(super) struct Question {
    pub(super) title: &'static str,
    pub(super) asks: &'static [&'static str],
    pub(super) tables: &'static str,
    pub(super) refused: Option<(&'static str, &'static str)>,
    pub(super) sql: &'static str,
    pub(super) columns: &'static [&'static str],
    /// Labels of the rows; the numbers are drawn anew for each session.
    pub(super) labels: &'static [&'static str],
    pub(super) unit: &'static str,
    /// Between which numbers the first row lies; the others are smaller.
    pub(super) first_row: (u64, u64),
    pub(super) conclusion: &'static str,
}

/// The questions, all about the same shop.
pub(super) static QUESTIONS: [Question; 12] = [
    Question {
        title: "Revenue by category, last quarter",
        asks: &[
            "How did revenue split by category last quarter?",
            "Give me Q3 revenue per product category please.",
        ],
        tables: r#"{"tables":{"fact_orders":["order_id","day","net","category_id","country"],"dim_category":["id","name","parent"]}}"#,
        refused: Some((
            "select category, sum(net_revenue) from fact_orders where day >= '2026-07-01' group by 1",
            "UndefinedColumn: column \"net_revenue\" does not exist\nHINT: Perhaps you meant to reference the column \"fact_orders.net\".",
        )),
        sql: "select c.name as category, round(sum(o.net)) as revenue\nfrom fact_orders o join dim_category c on c.id = o.category_id\nwhere o.day >= '2026-07-01' and o.day < '2026-10-01'\ngroup by 1 order by 2 desc",
        columns: &["category", "revenue"],
        labels: &[
            "Jackets",
            "Tents",
            "Footwear",
            "Backpacks",
            "Cooking",
            "Climbing",
        ],
        unit: "€",
        first_row: (210_000, 480_000),
        conclusion: "The first two categories make more than half of the revenue; climbing is small but has the best margin.",
    },
    Question {
        title: "Why did returns go up in October?",
        asks: &[
            "Returns look high in October. Which products drive that?",
            "Return rate jumped in October, can you find the reason?",
        ],
        tables: r#"{"tables":{"fact_returns":["order_id","sku","day","reason"],"fact_orders":["order_id","day","sku","net"]}}"#,
        refused: None,
        sql: "select r.reason, count(*) as returns\nfrom fact_returns r\nwhere r.day between '2026-10-01' and '2026-10-31'\ngroup by 1 order by 2 desc limit 10",
        columns: &["reason", "returns"],
        labels: &[
            "too small",
            "arrived late",
            "damaged",
            "not as pictured",
            "changed mind",
        ],
        unit: "",
        first_row: (240, 910),
        conclusion: "Most of the increase is one reason: \"too small\". It comes from a single jacket whose size chart was replaced on 28 September.",
    },
    Question {
        title: "Top customers this year",
        asks: &[
            "Who are our ten best customers this year, by revenue?",
            "List the trade customers with the highest revenue in 2026.",
        ],
        tables: r#"{"tables":{"fact_orders":["order_id","customer_id","day","net"],"dim_customer":["id","plan","country","since"]}}"#,
        refused: Some((
            "select customer_id, sum(net) from fact_orders where year = 2026 group by 1",
            "UndefinedColumn: column \"year\" does not exist",
        )),
        sql: "select o.customer_id, round(sum(o.net)) as revenue\nfrom fact_orders o join dim_customer c on c.id = o.customer_id\nwhere o.day >= '2026-01-01' and c.plan = 'trade'\ngroup by 1 order by 2 desc limit 10",
        columns: &["customer_id", "revenue"],
        labels: &[
            "cus_22513",
            "cus_55012",
            "cus_90233",
            "cus_10482",
            "cus_11730",
        ],
        unit: "€",
        first_row: (61_000, 140_000),
        conclusion: "Five trade customers make about a tenth of all revenue. Two of them ordered nothing since August, which may be worth a call.",
    },
    Question {
        title: "Conversion of the new checkout",
        asks: &[
            "Is the new checkout better than the old one? Use last 14 days.",
            "A/B result of checkout v2 please, with significance.",
        ],
        tables: r#"{"tables":{"events":["session_id","at","name","variant"],"fact_orders":["order_id","session_id"]}}"#,
        refused: None,
        sql: "select e.variant, count(distinct e.session_id) as visits,\n       count(distinct o.order_id)::numeric / count(distinct e.session_id) as conversion\nfrom events e left join fact_orders o using (session_id)\nwhere e.name = 'checkout_opened' and e.at > now() - interval '14 days'\ngroup by 1",
        columns: &["variant", "visits"],
        labels: &["control", "v2"],
        unit: "",
        first_row: (21_000, 58_000),
        conclusion: "v2 converts 1.3 points better (p = 0.02). The gain is entirely on phones; on desktop there is no difference.",
    },
    Question {
        title: "Stock that has not moved for 90 days",
        asks: &[
            "Which articles haven't sold in 90 days and tie up the most money?",
            "Dead stock report, over €5,000 per SKU only.",
        ],
        tables: r#"{"tables":{"stock_levels":["sku","warehouse","qty","unit_cost","as_of"],"fact_orders":["sku","day","qty"]}}"#,
        refused: Some((
            "select sku, qty*unit_cost from stock_levels where sku not in (select sku from fact_orders where day > current_date - 90)",
            "QueryCanceled: canceling statement due to statement timeout (60 s)",
        )),
        sql: "select s.sku, round(sum(s.qty * s.unit_cost)) as tied_up\nfrom stock_levels s\nwhere s.as_of = current_date and not exists (\n  select 1 from fact_orders o where o.sku = s.sku and o.day > current_date - 90)\ngroup by 1 having sum(s.qty * s.unit_cost) > 5000 order by 2 desc",
        columns: &["sku", "tied_up"],
        labels: &[
            "CL-BSN-XL",
            "JK-LOC-XS",
            "GT-MOR-44",
            "TN-FJ1",
            "ST-EMB-GAS",
        ],
        unit: "€",
        first_row: (9000, 41_000),
        conclusion: "Most of it are odd sizes. A clearance at 40 % would still be above cost for all but one of them.",
    },
    Question {
        title: "Delivery times by carrier",
        asks: &[
            "Compare the carriers: median and p95 days to deliver, this month.",
            "Which carrier is slowest in the north?",
        ],
        tables: r#"{"tables":{"shipments":["order_id","carrier","shipped_at","delivered_at","country","zone"]}}"#,
        refused: None,
        sql: "select carrier, count(*) as parcels,\n       percentile_cont(0.5) within group (order by delivered_at - shipped_at) as median\nfrom shipments where shipped_at >= date_trunc('month', now())\ngroup by 1 order by 3",
        columns: &["carrier", "parcels"],
        labels: &["Swiftline", "NordPost", "ParcelHub", "GreenVan", "Hermesia"],
        unit: "",
        first_row: (2400, 9100),
        conclusion: "Swiftline is fastest at the median, but its slowest five percent wait nine days, twice as long as NordPost's.",
    },
    Question {
        title: "Do plus members pay off?",
        asks: &[
            "Is the plus membership profitable after free shipping?",
            "Plus vs basic: margin per customer over 12 months?",
        ],
        tables: r#"{"tables":{"dim_customer":["id","plan"],"fact_orders":["customer_id","net","cost"],"shipments":["order_id","price"]}}"#,
        refused: Some((
            "select plan, avg(margin) from dim_customer join fact_orders on id = customer_id group by plan",
            "UndefinedColumn: column \"margin\" does not exist",
        )),
        sql: "select c.plan, round(sum(o.net - o.cost - s.price) / count(distinct c.id), 2) as margin\nfrom dim_customer c join fact_orders o on o.customer_id = c.id join shipments s using (order_id)\nwhere o.day > current_date - 365 group by 1",
        columns: &["plan", "margin"],
        labels: &["plus", "basic", "trade"],
        unit: "€",
        first_row: (60, 140),
        conclusion: "Yes: a plus member leaves clearly more than a basic one, even after shipping. The gap closes for members with more than twelve small orders a year.",
    },
    Question {
        title: "Newsletter effect, November",
        asks: &[
            "What did the newsletter of 3 November bring in?",
            "Attribution for the autumn newsletter, 5-day window please.",
        ],
        tables: r#"{"tables":{"campaign_clicks":["campaign","customer_id","at"],"fact_orders":["customer_id","day","net"]}}"#,
        refused: None,
        sql: "select date(k.at) as day, round(sum(o.net)) as revenue\nfrom campaign_clicks k join fact_orders o\n  on o.customer_id = k.customer_id and o.day between date(k.at) and date(k.at) + 5\nwhere k.campaign = 'nl-2026-11-03' group by 1 order by 1",
        columns: &["day", "revenue"],
        labels: &["3 Nov", "4 Nov", "5 Nov", "6 Nov", "7 Nov"],
        unit: "€",
        first_row: (14_000, 39_000),
        conclusion: "Two thirds came on the first two days. About a fifth of these buyers had the item in their basket already, so count that part with care.",
    },
    Question {
        title: "Support load per topic",
        asks: &[
            "What do customers write to us about, per week?",
            "Which support topics grew most since September?",
        ],
        tables: r#"{"tables":{"tickets":["id","opened_at","topic","first_answer_s","agent"]}}"#,
        refused: None,
        sql: "select topic, count(*) as tickets\nfrom tickets where opened_at > now() - interval '8 weeks'\ngroup by 1 order by 2 desc",
        columns: &["topic", "tickets"],
        labels: &[
            "refund",
            "missing parcel",
            "exchange",
            "damaged",
            "account",
            "advice",
        ],
        unit: "",
        first_row: (380, 1500),
        conclusion: "Refund questions lead, and they doubled since the warehouse moved. First answers are still under two minutes thanks to the agent.",
    },
    Question {
        title: "Forecast for December",
        asks: &[
            "Can you project December revenue from the last three years?",
            "Simple forecast for Christmas, with a range.",
        ],
        tables: r#"{"tables":{"fact_orders":["day","net"]}}"#,
        refused: None,
        sql: "select date_trunc('week', day)::date as week, round(sum(net)) as revenue\nfrom fact_orders where extract(month from day) in (11, 12)\ngroup by 1 order by 1",
        columns: &["week", "revenue"],
        labels: &["W47", "W48", "W49", "W50", "W51", "W52"],
        unit: "€",
        first_row: (290_000, 610_000),
        conclusion: "With the trend of the last three years I expect December about 8 % above last year, give or take 5 %. Week 49 is the peak, one week earlier than before.",
    },
    Question {
        title: "Warenkorb nach Land",
        asks: &[
            "Wie groß ist der durchschnittliche Warenkorb je Land im Oktober?",
            "Bitte den Warenkorbwert pro Land, nur Länder mit mehr als 500 Bestellungen.",
        ],
        tables: r#"{"tables":{"fact_orders":["order_id","day","net","country"]}}"#,
        refused: None,
        sql: "select country, round(avg(net), 2) as basket\nfrom fact_orders where day between '2026-10-01' and '2026-10-31'\ngroup by 1 having count(*) > 500 order by 2 desc",
        columns: &["country", "basket"],
        labels: &["CH", "NO", "DE", "NL", "IE", "ES"],
        unit: "€",
        first_row: (130, 210),
        conclusion: "Die Schweiz und Norwegen liegen deutlich vorn, vor allem wegen der Zelte. Spanien kauft kleiner, aber häufiger.",
    },
    Question {
        title: "Data quality: orders without country",
        asks: &[
            "How many orders have no country, and since when?",
            "There are nulls in country. Since when, and from which channel?",
        ],
        tables: r#"{"tables":{"fact_orders":["order_id","day","country","channel"]}}"#,
        refused: Some((
            "select channel, count(*) from fact_order where country is null group by 1",
            "UndefinedTable: relation \"fact_order\" does not exist",
        )),
        sql: "select channel, count(*) as missing, min(day) as since\nfrom fact_orders where country is null group by 1 order by 2 desc",
        columns: &["channel", "missing"],
        labels: &["app", "web", "marketplace"],
        unit: "",
        first_row: (900, 5200),
        conclusion: "Nearly all come from the app since version 8.2, which stopped sending the field. The rest is old and small.",
    },
];

/// What people ask next: the request, the change to the query, the answer.
pub(super) static FOLLOW_UPS: [(&str, &str, &str); 8] = [
    (
        "Same by month, please.",
        "-- by month\n",
        "Here it is by month. The order stays the same; the last month is a little stronger.",
    ),
    (
        "Only Germany and the Netherlands.",
        "-- and country in ('DE', 'NL')\n",
        "Filtered to the two countries. The shares hardly change.",
    ),
    (
        "Could you plot that?",
        "-- for chart\n",
        "I made a bar chart of it: chart.png is attached. Highest value first.",
    ),
    (
        "How sure are you about that?",
        "-- check: row counts\n",
        "Quite sure about the numbers: I compared the row count with the source system. Less sure about the reason, which is only a correlation.",
    ),
    (
        "And compared with last year?",
        "-- previous year\n",
        "Against last year it is up by about a tenth overall; the last row went down.",
    ),
    (
        "Export it as CSV to the finance share.",
        "-- export\n",
        "Done: finance-share/exports/latest.csv, UTF-8 with a header line.",
    ),
    (
        "Leave out the test orders.",
        "-- and channel <> 'test'\n",
        "Without test orders the totals drop by less than one percent.",
    ),
    (
        "Thanks, that helps!",
        "",
        "Gladly. I saved the query under your name so that you can run it again.",
    ),
];
