//! What the research agent is asked to find out, and what it finds.

/// A research question split into parts.
pub(super) struct Topic {
    pub(super) title: &'static str,
    pub(super) request: &'static str,
    pub(super) parts: &'static [Part],
    pub(super) conclusion: &'static str,
}

/// One part, given to a sub-agent.
pub(super) struct Part {
    pub(super) question: &'static str,
    pub(super) query: &'static str,
    /// Title, address and passage of each source.
    pub(super) sources: &'static [(&'static str, &'static str, &'static str)],
    pub(super) finding: &'static str,
}

/// The topics.
pub(super) static TOPICS: [Topic; 7] = [
    Topic {
        title: "Recycled down: suppliers and prices",
        request: "We want to move our jackets to recycled down in 2027. Who supplies it, what does it cost, and is the quality the same?",
        parts: &[
            Part {
                question: "Who supplies recycled down in Europe?",
                query: "recycled down supplier Europe certified 2026",
                sources: &[
                    (
                        "Recycled down overview",
                        "https://textilejournal.example/recycled-down",
                        "Four plants in Europe wash and sort post-consumer down; the two largest are in Italy and Hungary.",
                    ),
                    (
                        "GRS certificate list",
                        "https://certs.example/grs/down",
                        "Certified processors as of August 2026: 11 in Europe, 6 of them taking orders below one tonne.",
                    ),
                ],
                finding: "Four relevant European processors; two take small orders (Veneto, Pécs). Lead time is 10 to 14 weeks.",
            },
            Part {
                question: "What does it cost compared with virgin down?",
                query: "recycled down price per kg 2026 compared virgin",
                sources: &[
                    (
                        "Price index feathers",
                        "https://commodities.example/down",
                        "Virgin white goose 800: 118 EUR/kg. Recycled 700: 74 EUR/kg, September 2026.",
                    ),
                    (
                        "Buyers' forum",
                        "https://forum.outdoortrade.example/t/8841",
                        "We pay about 80 a kilo for recycled 700 at 300 kg a year.",
                    ),
                ],
                finding: "About 74 to 80 EUR/kg for 700 fill power, roughly a third less than virgin 800.",
            },
            Part {
                question: "How does it perform after washing?",
                query: "recycled down fill power loss washing test",
                sources: &[
                    (
                        "Lab comparison",
                        "https://gearlab.example/down-wash",
                        "After five washes recycled 700 lost 6 % of its loft, virgin 800 lost 4 %.",
                    ),
                    (
                        "Study, textile institute",
                        "https://institute.example/papers/4412",
                        "No significant difference in odour or hygiene when sorted by hand.",
                    ),
                ],
                finding: "Slightly more loss of loft (6 % against 4 % after five washes). Fill power above 700 is rarely available.",
            },
        ],
        conclusion: "It is feasible for the Drift jacket at 700 fill power: two suppliers fit our volume, the price is a third lower, and loft after washing is nearly the same. Not feasible yet for the 800 line. Suggest ordering 50 kg from both for a winter test.",
    },
    Topic {
        title: "Parcel lockers in Norway",
        request: "Should we offer parcel lockers in Norway? Need coverage, price per parcel and what competitors do.",
        parts: &[
            Part {
                question: "Which locker networks cover Norway?",
                query: "parcel locker network Norway coverage 2026",
                sources: &[
                    (
                        "Logistics monthly",
                        "https://logistics.example/no-lockers",
                        "Two networks reach 92 % of households within 5 km; the north relies on shops.",
                    ),
                    (
                        "Regulator report",
                        "https://post-regulator.example/2026",
                        "Lockers took 41 % of parcels in the first half of 2026.",
                    ),
                ],
                finding: "Two networks, 92 % of households within 5 km. North of Bodø mostly pick-up shops.",
            },
            Part {
                question: "What does a locker parcel cost us?",
                query: "locker delivery tariff business Norway kr per parcel",
                sources: &[
                    (
                        "Tariff sheet",
                        "https://swiftline.example/no/tariffs.pdf",
                        "Locker up to 5 kg: 52 NOK from 500 parcels a month. Home: 89 NOK.",
                    ),
                    (
                        "Contract notes",
                        "https://wiki.larkfield.example/carriers/no",
                        "Our present home rate is 84 NOK.",
                    ),
                ],
                finding: "52 NOK against 84 NOK at home: 38 % cheaper, from 500 parcels a month (we have about 1,900).",
            },
        ],
        conclusion: "Yes. Lockers would save roughly 700,000 NOK a year at our volume and customers like them; keep home delivery for tents and for the far north. Integration is one endpoint more with Swiftline.",
    },
    Topic {
        title: "PFAS rules for rain jackets",
        request: "What changes for our rain jackets with the PFAS restrictions in the EU, UK and California? Dates please.",
        parts: &[
            Part {
                question: "What applies in the EU and when?",
                query: "EU PFAS restriction textiles outdoor clothing date",
                sources: &[
                    (
                        "Agency Q&A",
                        "https://chem-agency.example/pfas-textiles",
                        "PFHxA in consumer textiles is restricted from October 2026; a general restriction is still under discussion.",
                    ),
                    (
                        "Trade association brief",
                        "https://outdoorunion.example/pfas-brief",
                        "Protective workwear has a longer transition.",
                    ),
                ],
                finding: "PFHxA limit applies from October 2026 to consumer textiles; the general PFAS restriction is not decided.",
            },
            Part {
                question: "What applies in the UK?",
                query: "UK PFAS restriction clothing 2026",
                sources: &[(
                    "Government consultation",
                    "https://uk-reach.example/pfas",
                    "Consultation closed in spring; no date for textiles yet.",
                )],
                finding: "No binding date yet in the UK; consultation closed in spring 2026.",
            },
            Part {
                question: "What applies in California and New York?",
                query: "California PFAS apparel ban outdoor extreme wet conditions",
                sources: &[
                    (
                        "Law text",
                        "https://leginfo.example/ab1817",
                        "Apparel with intentionally added PFAS may not be sold; apparel for severe wet conditions from 2028, with a label before.",
                    ),
                    (
                        "Retail guide",
                        "https://retailguide.example/ny-pfas",
                        "New York follows with similar dates.",
                    ),
                ],
                finding: "Banned already for ordinary apparel; jackets for severe wet conditions need a disclosure label until 2028.",
            },
        ],
        conclusion: "The Loch jacket (DWR with PFHxA) must not be sold in the EU in its present form; the new PFAS-free finish solves EU and US at once. The US stock needs the disclosure label now. Please have legal confirm the October date for goods already in stores.",
    },
    Topic {
        title: "Open vector databases compared",
        request: "Compare three open-source options for vector search at 20M documents: speed, memory, operations.",
        parts: &[
            Part {
                question: "Which options handle 20M vectors on one machine?",
                query: "open source vector search 20 million benchmark single node",
                sources: &[
                    (
                        "Benchmark suite",
                        "https://annbench.example/2026",
                        "20M × 768: option A 4 ms p95 at 0.95 recall with 71 GB, B 7 ms with 24 GB quantised, C 11 ms with 19 GB on disk.",
                    ),
                    (
                        "Engineering blog",
                        "https://eng.example/vectors",
                        "Quantisation cost us one point of recall and saved two machines.",
                    ),
                ],
                finding: "All three can; memory differs by a factor of four (71, 24, 19 GB).",
            },
            Part {
                question: "How hard are they to run?",
                query: "vector database operations backup upgrade experience",
                sources: &[
                    (
                        "Operations notes",
                        "https://sre.example/vector-ops",
                        "Upgrades of A need a re-index; B and C upgrade in place.",
                    ),
                    (
                        "Issue tracker",
                        "https://tracker.example/c/1204",
                        "Snapshots block writes for about a minute at this size.",
                    ),
                ],
                finding: "B is the easiest to run (in-place upgrades, online snapshots). A needs re-indexing on upgrades.",
            },
            Part {
                question: "What about licences and activity?",
                query: "vector database licence change maintainers 2026",
                sources: &[(
                    "Project pulse",
                    "https://pulse.example/vector",
                    "A: Apache-2.0, 310 commits/month. B: Apache-2.0, 190. C: BSD, 40.",
                )],
                finding: "A and B are active under Apache-2.0; C is small but steady under BSD.",
            },
        ],
        conclusion: "B is the sensible choice for us: 24 GB, 7 ms and boring operations. If memory gets tight, C is the fallback. A is faster than we need.",
    },
    Topic {
        title: "Four-day week pilots",
        request: "Summarise the evidence on four-day weeks in customer service teams, I need it for the management meeting.",
        parts: &[
            Part {
                question: "What did pilots measure?",
                query: "four-day week pilot customer support results study",
                sources: &[
                    (
                        "Pilot report",
                        "https://workinghours.example/pilot-2025",
                        "Support teams kept answer times within 3 % and sick days fell by 27 %.",
                    ),
                    (
                        "University evaluation",
                        "https://uni.example/4day",
                        "Coverage needed staggered days off; two of eleven teams went back.",
                    ),
                ],
                finding: "Answer times about equal, 27 % fewer sick days; two of eleven support teams stopped.",
            },
            Part {
                question: "What were the costs?",
                query: "four-day week cost staffing coverage support",
                sources: &[(
                    "HR magazine",
                    "https://hrmag.example/coverage",
                    "Teams under ten people needed 5 to 8 % more staff for weekend coverage.",
                )],
                finding: "Small teams needed 5 to 8 % more staff to cover all days.",
            },
        ],
        conclusion: "The evidence is positive but thin: good for health and retention, neutral for speed, with extra staffing in teams below ten. A six-month pilot with staggered days in the Utrecht team would fit.",
    },
    Topic {
        title: "競合のテント市場調査（日本）",
        request: "日本市場における2人用テントの主要な競合と価格帯を調べてください。レポートは英語と日本語でお願いします。",
        parts: &[
            Part {
                question: "主要ブランドと価格帯は？",
                query: "2人用テント 人気 価格 2026",
                sources: &[
                    (
                        "アウトドア比較サイト",
                        "https://camp-hikaku.example/tent2",
                        "2人用の売れ筋は3万円から6万円。軽量モデルは8万円以上。",
                    ),
                    (
                        "専門誌レビュー",
                        "https://yama-mag.example/2026/05",
                        "湿気の多い日本では前室の広さと通気性が重視される。",
                    ),
                ],
                finding: "売れ筋は3〜6万円、軽量は8万円以上。通気性と前室が決め手。",
            },
            Part {
                question: "販売チャネルは？",
                query: "テント 販売チャネル 通販 店舗 割合",
                sources: &[(
                    "市場レポート",
                    "https://market.example/jp-outdoor",
                    "購入の58％が通販、うち半分が大手モール経由。",
                )],
                finding: "58％が通販。大手モールへの出店が前提になる。",
            },
        ],
        conclusion: "Fjell 2 at ¥44,800 would sit in the middle of the market. Ventilation is the argument to lead with; being present on the two large malls is a must.\n結論：4万円台半ば、通気性を前面に、モール出店が必須です。",
    },
    Topic {
        title: "Why customers leave plus",
        request: "Look at public reviews and forums: why do people cancel paid memberships in outdoor retail?",
        parts: &[
            Part {
                question: "What do reviews complain about?",
                query: "outdoor shop membership cancel reason review",
                sources: &[
                    (
                        "Review site",
                        "https://trust.example/outdoor",
                        "Most frequent: \"benefits changed without notice\", \"hard to cancel\", \"too few sales\".",
                    ),
                    (
                        "Video transcript",
                        "https://video.example/w/88121",
                        "I did the maths and never got the fee back.",
                    ),
                ],
                finding: "Silent changes of the benefits, difficult cancelling, and not earning the fee back.",
            },
            Part {
                question: "What do the ones with low churn do?",
                query: "paid membership retention best practice retail",
                sources: &[
                    (
                        "Case study",
                        "https://retention.example/case/19",
                        "A yearly statement of what a member saved cut cancellations by 18 %.",
                    ),
                    (
                        "Podcast notes",
                        "https://pod.example/ep/204",
                        "Pausing instead of cancelling wins back a third.",
                    ),
                ],
                finding: "A yearly savings statement (−18 % cancellations) and a pause option (a third come back).",
            },
        ],
        conclusion: "Three things we can copy cheaply: announce changes, send a yearly savings statement, offer a pause. The first is a promise we should make anyway.",
    },
];

/// Later questions in the same session, with the answer.
pub(super) static FOLLOW_UPS: [(&str, &str); 5] = [
    (
        "Which of these sources do you trust least?",
        "The forum post: one person, no date. The numbers that matter also appear in a second, dated source, so the conclusion would stand without it.",
    ),
    (
        "Please write that as a one-page memo.",
        "I wrote a memo with question, answer, three facts and the open points. It is in your documents as \"memo (draft)\".",
    ),
    (
        "Can you check the second point again? That number surprises me.",
        "I looked for a second source and found the same order of magnitude, but from last year. I would quote it as a range and name the date.",
    ),
    (
        "What would change your mind?",
        "Two things: a supplier or partner that refuses our volume, or a price that moved by more than a fifth since the source was written.",
    ),
    (
        "Translate the conclusion into Spanish for the team in Valencia.",
        "Hecho. En resumen: es viable, el coste baja y el riesgo principal es el plazo de entrega; proponemos una prueba pequeña antes de decidir.",
    ),
];
