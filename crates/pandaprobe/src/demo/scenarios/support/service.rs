//! What English-speaking customers of an outdoor shop write about payments,
//! products and their account.

use crate::demo::script::{Script, maybe, search, tool, turn};

const LOOK_UP: &str = r#"{"order_id":"<order>"}"#;

/// Conversations about everything but orders.
pub(super) static SERVICE: [Script; 6] = [
    Script {
        topic: "double-charge",
        titles: &[
            "Charged twice for <order>",
            "Two payments of €<price> on my card",
        ],
        turns: &[
            turn(
                &[
                    "You took €<price> twice from my card!! Order <order>",
                    "There are two charges of €<price> on my statement for the same order.",
                ],
                &[
                    tool(
                        "list_payments",
                        LOOK_UP,
                        r#"[{"id":"pay_<tracking>","amount":<price>,"state":"captured"},{"id":"pay_<ticket>","amount":<price>,"state":"authorized","expires":"<later>"}]"#,
                        260,
                    ),
                    search(
                        r#"{"query":"duplicate authorisation on statement","top_k":3}"#,
                        r#"[{"id":"kb-310","score":0.84,"title":"Two lines on the statement","text":"A second line is usually an authorisation from a first attempt. It is never collected and disappears within 7 days."}]"#,
                    ),
                ],
                &[
                    "I understand the worry, <name>. Only one of the two was collected. The second is an authorisation from a first attempt that failed; it lapses on <later> by itself and never leaves your account.",
                ],
            ),
            turn(
                &[
                    "My balance says otherwise. Can't you remove it now?",
                    "I need that money this week, can you speed it up?",
                ],
                &[tool(
                    "void_authorization",
                    r#"{"payment_id":"pay_<ticket>"}"#,
                    r#"{"payment_id":"pay_<ticket>","state":"voided"}"#,
                    700,
                )],
                &[
                    "I have voided it with our payment provider. Your bank should free the €<price> within 24 hours; if it doesn't, show them the reference pay_<ticket>.",
                ],
            ),
        ],
    },
    Script {
        topic: "warranty",
        titles: &["Zip of <item> broken after a year", "Warranty: <item>"],
        turns: &[
            turn(
                &[
                    "The zip on my <item> gave up after eleven months. Is that covered?",
                    "Bought the <item> last winter, now the main zip doesn't close any more. Warranty?",
                ],
                &[search(
                    r#"{"query":"warranty zip defect wear","top_k":4}"#,
                    r#"[{"id":"kb-401","score":0.88,"title":"Two-year warranty","text":"Zips, seams and buckles are covered for two years, unless they were torn by force."},{"id":"kb-405","score":0.74,"title":"Repair service","text":"Zips are replaced in our workshop in about ten days. Plus members get a loan item."}]"#,
                )],
                &[
                    "Good news: zips are covered for two years. Our workshop would replace it free of charge, which takes about ten days. Do you remember the order number or the e-mail you used?",
                ],
            ),
            turn(
                &["<email>", "Order was <order> I think"],
                &[
                    tool(
                        "list_orders",
                        r#"{"customer":"<email>","query":"<item>"}"#,
                        r#"[{"order_id":"<order>","date":"2025-12-19","items":["<item>"]}]"#,
                        330,
                    ),
                    tool(
                        "create_repair",
                        r#"{"order_id":"<order>","part":"main zip","loan_item":true}"#,
                        r#"{"repair_id":"RP-<ticket>","pickup":"<later>"}"#,
                        440,
                    ),
                ],
                &[
                    "Found it: <order>. Repair RP-<ticket> is booked; <carrier> collects the <item> on <later>. Please empty the pockets, we find a lot of trail mix.",
                ],
            ),
            maybe(
                &["Haha will do. How do I follow the repair?"],
                &[],
                &[
                    "You get a message at each step, and larkfield.example/repairs/RP-<ticket> always shows where it is.",
                ],
            ),
        ],
    },
    Script {
        topic: "address",
        titles: &["New address for <order>", "Change delivery to <city>"],
        turns: &[
            turn(
                &[
                    "I moved to <city> last week, please send <order> to my new address.",
                    "Wrong address on <order>! Can it still be changed?",
                ],
                &[tool(
                    "get_order",
                    LOOK_UP,
                    r#"{"order_id":"<order>","status":"packed","address_editable":true}"#,
                    120,
                )],
                &[
                    "It is packed but hasn't left yet, so I can still change it. What is the full new address?",
                ],
            ),
            turn(
                &[
                    "14 Mill Lane, <city>, second floor, name on the bell is <name>.",
                    "Flat 3, 207 Harbour Road, <city>.",
                ],
                &[
                    tool(
                        "validate_address",
                        r#"{"line":"as given","city":"<city>"}"#,
                        r#"{"valid":true,"deliverable":true,"zone":"<region>"}"#,
                        280,
                    ),
                    tool(
                        "update_address",
                        LOOK_UP,
                        r#"{"order_id":"<order>","updated":true}"#,
                        190,
                    ),
                ],
                &[
                    "Changed. <order> now goes to <city>, and delivery stays on <later>. Do you want me to save it as your standard address too?",
                ],
            ),
            maybe(
                &["Yes please", "No, only this once, it's my sister's place."],
                &[],
                &["Noted. Have a good day, <name>!"],
            ),
        ],
    },
    Script {
        topic: "product-advice",
        titles: &[
            "Which tent for three weeks in Norway?",
            "Advice: <item>",
            "Comparing <item> with the UL version",
        ],
        turns: &[
            turn(
                &[
                    "I'm looking for something for three weeks of rain in Norway. Is the <item> any good?",
                    "Would you take the <item> for a spring trip at around 0 °C?",
                ],
                &[search(
                    r#"{"query":"<item> cold rain rating review","top_k":5}"#,
                    r#"[{"id":"pr-881","score":0.79,"title":"<item>","text":"Water column 4,000 mm, comfort to −2 °C, 1.6 kg."},{"id":"rv-201","score":0.7,"title":"Review","text":"Stayed dry for a week in the Lofoten, bit heavy."},{"id":"rv-377","score":0.66,"title":"Review","text":"Condensation in the morning, otherwise great."}]"#,
                )],
                &[
                    "For that I would trust it: 4,000 mm water column and comfortable down to about −2 °C. Two buyers mention condensation in the morning, so leave a vent open. How much weight do you want to carry?",
                ],
            ),
            turn(
                &[
                    "Under 2 kg if possible, I carry food for five days.",
                    "Weight isn't a problem, we go by car.",
                ],
                &[tool(
                    "compare_products",
                    r#"{"skus":["<sku>","<sku>-UL"],"fields":["weight","price","rating"]}"#,
                    r#"[{"sku":"<sku>","weight_kg":1.6,"price":<price>,"rating":4.4},{"sku":"<sku>-UL","weight_kg":1.1,"price":389.0,"rating":4.6}]"#,
                    240,
                )],
                &[
                    "Then there are two: the <item> (1.6 kg, €<price>, 4.4 stars) and the UL version (1.1 kg, €389, 4.6 stars). For five days of food I'd say the half kilo is worth it only if you already travel light.",
                ],
            ),
            maybe(
                &["What about the groundsheet, do I need one?"],
                &[],
                &[
                    "On rock and roots yes, it weighs 240 g and saves the floor. On grass you can leave it at home.",
                ],
            ),
            maybe(
                &[
                    "ok I'll take it. Any discount for members?",
                    "Is there a code I could use? 😇",
                ],
                &[tool(
                    "list_promotions",
                    r#"{"plan":"<plan>","sku":"<sku>"}"#,
                    r#"[{"code":"TRAIL10","percent":10,"until":"<later>"}]"#,
                    130,
                )],
                &["There is: TRAIL10 takes 10 % off until <later>. Enjoy the trip, <name>! 🏕️"],
            ),
        ],
    },
    Script {
        topic: "gift-card",
        titles: &[
            "Gift card <ticket> not accepted",
            "Gift card balance, case <ticket>",
        ],
        turns: &[
            turn(
                &[
                    "My gift card LFG-<ticket>-<card> is refused at checkout.",
                    "Gift card says \"invalid\", but it's new!",
                ],
                &[tool(
                    "get_gift_card",
                    r#"{"code":"LFG-<ticket>-<card>"}"#,
                    r#"{"state":"inactive","balance":50.0,"reason":"not_activated_at_till"}"#,
                    170,
                )],
                &[
                    "The card carries €50 but was never activated at the till. Do you have the receipt or know which shop sold it?",
                ],
            ),
            turn(
                &[
                    "Yes, the shop in <city>, bought on <date>.",
                    "It was a present, so no receipt…",
                ],
                &[tool(
                    "activate_gift_card",
                    r#"{"code":"LFG-<ticket>-<card>","proof":"sale found"}"#,
                    r#"{"state":"active","balance":50.0}"#,
                    460,
                )],
                &[
                    "I found the sale and activated the card: €50 are ready to use. Sorry for the bother, and thank the giver from us!",
                ],
            ),
        ],
    },
    Script {
        topic: "account",
        titles: &[
            "Can't log in as <email>",
            "Account <email> locked",
            "Password reset loop (<ticket>)",
        ],
        turns: &[
            turn(
                &[
                    "The password reset mail to <email> never arrives. I've tried four times.",
                    "I can't log in with <email> any more, it says too many attempts.",
                ],
                &[tool(
                    "get_account",
                    r#"{"email":"<email>"}"#,
                    r#"{"state":"locked","failed_logins":6,"mail_bounces":2,"plan":"<plan>"}"#,
                    150,
                )],
                &[
                    "Your account is locked after six attempts, and two of our mails to <email> bounced. For your safety I need the last four digits of your card before I unlock it.",
                ],
            ),
            turn(
                &["<card>", "It ends in <card>."],
                &[
                    tool(
                        "verify_customer",
                        r#"{"email":"<email>","card_last4":"<card>"}"#,
                        r#"{"verified":true}"#,
                        240,
                    ),
                    tool(
                        "unlock_account",
                        r#"{"email":"<email>","send_reset":true}"#,
                        r#"{"state":"active","reset_sent":true}"#,
                        310,
                    ),
                ],
                &[
                    "Thank you, that matches. The account is open again and a fresh reset link is on its way. It is valid for one hour.",
                ],
            ),
            maybe(
                &["Got it, works now. Thanks!", "Finally 🙏 thank you"],
                &[],
                &["Great! Anything else I can do for you, <name>?"],
            ),
        ],
    },
];
