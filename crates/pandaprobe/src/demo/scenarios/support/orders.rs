//! What English-speaking customers of an outdoor shop write about their
//! orders.

use crate::demo::script::{Script, maybe, search, tool, turn};

const LOOK_UP: &str = r#"{"order_id":"<order>"}"#;

/// Conversations about orders, the most frequent topics first.
pub(super) static ORDERS: [Script; 5] = [
    Script {
        topic: "refund",
        titles: &[
            "Refund for <item>",
            "Where is my refund? Order <order>",
            "Refund status <order>",
        ],
        turns: &[
            turn(
                &[
                    "Hi, I sent back the <item> from order <order> almost two weeks ago and still have no money on my card.",
                    "I returned <item> (order <order>) on <date>. When do I get my refund?",
                    "Hello! Returned item arrived at your place according to tracking, but no refund for <order> yet.",
                ],
                &[
                    tool(
                        "get_order",
                        LOOK_UP,
                        r#"{"order_id":"<order>","status":"delivered","items":[{"sku":"<sku>","name":"<item>","price":<price>,"qty":1}],"payment":{"method":"card","last4":"<card>"}}"#,
                        140,
                    ),
                    tool(
                        "get_return",
                        LOOK_UP,
                        r#"{"return_id":"R-<ticket>","state":"received","received_on":"<date>","inspection":"pending","refund":null}"#,
                        190,
                    ),
                ],
                &[
                    "Hi <name>, thanks for waiting. Your <item> reached our warehouse on <date>, but the inspection is still open, so the refund of €<price> has not been started. Would you like me to check our refund policy for how long that may take?",
                    "Hello <name>! I can see the parcel for order <order> came in on <date>. The refund of €<price> goes out once the inspection is done, which it isn't yet. Shall I look up what is promised for your membership?",
                ],
            ),
            turn(
                &[
                    "Yes please, what does the policy say exactly?",
                    "Sure. How long can this take at most?",
                    "OK but the website said 5 days…",
                ],
                &[search(
                    r#"{"query":"refund time after return received plan:<plan>","top_k":4}"#,
                    r#"[{"id":"kb-112","score":0.87,"title":"Refunds after a return","text":"We inspect returns within 3 working days. The refund goes to the original payment method and takes another 3 to 5 working days to appear. Plus members are refunded as soon as the carrier scans the parcel."},{"id":"kb-118","score":0.71,"title":"Late refunds","text":"If the inspection is not finished after 5 working days, support may release the refund by hand up to €250."},{"id":"kb-090","score":0.55,"title":"Return labels","text":"Labels are valid for 30 days."}]"#,
                )],
                &[
                    "Our policy gives the warehouse three working days and the bank up to five more. Your parcel has already waited longer than that, so I am allowed to release the refund by hand. Shall I do that now?",
                    "Three working days for inspection, then three to five for your bank. We are past that, sorry! I can release the €<price> myself: just say yes.",
                ],
            ),
            turn(
                &["Yes, do it please.", "Yes.", "Please do. Thank you!"],
                &[tool(
                    "issue_refund",
                    r#"{"order_id":"<order>","amount":<price>,"currency":"EUR","reason":"inspection_overdue"}"#,
                    r#"{"refund_id":"re_<tracking>","state":"submitted","amount":<price>,"expected_by":"<later>"}"#,
                    620,
                )],
                &[
                    "Done: €<price> is on its way to your card ending in <card> and should show up by <later>. The reference is re_<tracking>. Sorry that you had to chase it, <name>.",
                    "All set, <name>. Refund re_<tracking> over €<price> was submitted just now; expect it by <later> on the card ending in <card>.",
                ],
            ),
            maybe(
                &[
                    "Will I get an email about it?",
                    "Can you send me that in writing?",
                ],
                &[tool(
                    "send_email",
                    r#"{"to":"<email>","template":"refund_confirmation","order_id":"<order>"}"#,
                    r#"{"queued":true,"message_id":"<tracking>@mail.larkfield.example"}"#,
                    210,
                )],
                &[
                    "I have just sent a confirmation to <email>. If it isn't there within ten minutes, please look into the spam folder.",
                ],
            ),
        ],
    },
    Script {
        topic: "missing-parcel",
        titles: &[
            "Parcel <tracking> not delivered",
            "Order <order> marked delivered, nothing here",
            "Missing parcel in <city>",
        ],
        turns: &[
            turn(
                &[
                    "Tracking says my parcel was delivered yesterday but there is nothing at the door. Order <order>.",
                    "My <item> never came. The carrier claims it was handed over in <city>. I was home all day!",
                ],
                &[
                    tool(
                        "get_order",
                        LOOK_UP,
                        r#"{"order_id":"<order>","status":"delivered","carrier":"<carrier>","tracking":"<tracking>","items":[{"name":"<item>","price":<price>}]}"#,
                        150,
                    ),
                    tool(
                        "track_parcel",
                        r#"{"carrier":"<carrier>","tracking":"<tracking>"}"#,
                        r#"{"events":[{"at":"<date> 06:12","text":"Out for delivery"},{"at":"<date> 13:47","text":"Delivered, left in a safe place"}],"signature":null,"photo":"none"}"#,
                        850,
                    ),
                ],
                &[
                    "I am sorry, <name>. <carrier> recorded \"left in a safe place\" on <date> at 13:47, without a signature or photo. Could you check with a neighbour and around the building? If it isn't there, I open an inquiry right away.",
                ],
            ),
            turn(
                &[
                    "Checked everywhere, asked both neighbours. Nothing.",
                    "No, it's gone. Somebody probably took it.",
                ],
                &[tool(
                    "open_carrier_claim",
                    r#"{"tracking":"<tracking>","reason":"not_received","value":<price>}"#,
                    r#"{"claim_id":"CL-<ticket>","state":"open","answer_by":"<later>"}"#,
                    1100,
                )],
                &[
                    "Thank you for checking. I opened claim CL-<ticket> with <carrier>; they answer by <later>. You don't have to wait for that: do you want a replacement or your money back?",
                ],
            ),
            turn(
                &[
                    "A replacement please, as fast as possible, I leave for the trip on <later>.",
                    "Just send a new one.",
                ],
                &[
                    tool(
                        "check_stock",
                        r#"{"sku":"<sku>","warehouse":"<region>"}"#,
                        r#"{"sku":"<sku>","available":7,"ships":"today"}"#,
                        120,
                    ),
                    tool(
                        "create_order",
                        r#"{"copy_of":"<order>","shipping":"express","price":0}"#,
                        r#"{"order_id":"<order>-R","state":"confirmed","delivery":"<later>"}"#,
                        480,
                    ),
                ],
                &[
                    "Your replacement <order>-R leaves our warehouse today by express, at no cost, and should be with you by <later>. This time the driver needs a signature.",
                ],
            ),
            maybe(
                &["And if the first one turns up after all?"],
                &[],
                &[
                    "Then simply refuse it or send it back with the label in the box. Nothing will be charged for it.",
                ],
            ),
        ],
    },
    Script {
        topic: "exchange",
        titles: &[
            "Wrong size: <item>",
            "Exchange <item> for a bigger size",
            "Size advice: <item> for <city>",
        ],
        turns: &[
            turn(
                &[
                    "The <item> I got is too small, can I swap it for one size up?",
                    "I ordered my normal size but the <item> is really tight around the shoulders. Exchange possible? Order <order>",
                ],
                &[
                    tool(
                        "get_order",
                        LOOK_UP,
                        r#"{"order_id":"<order>","status":"delivered","items":[{"sku":"<sku>","name":"<item>","size":"M","price":<price>}],"returnable_until":"<later>"}"#,
                        130,
                    ),
                    search(
                        r#"{"query":"exchange size conditions","top_k":3}"#,
                        r#"[{"id":"kb-131","score":0.9,"title":"Exchanges","text":"Unworn items can be exchanged for another size within 60 days. We send the new size as soon as the return is scanned."},{"id":"kb-204","score":0.62,"title":"Size chart outerwear","text":"M: chest 96 to 101 cm. L: chest 102 to 108 cm."}]"#,
                    ),
                ],
                &[
                    "Yes, that works until <later>, as long as it is unworn. Before I swap M for L: our L is made for a chest of 102 to 108 cm. Does that fit you?",
                ],
            ),
            turn(
                &["104 cm so L it is.", "I measured 106, L should be right."],
                &[
                    tool(
                        "check_stock",
                        r#"{"sku":"<sku>","size":"L"}"#,
                        r#"{"sku":"<sku>","size":"L","available":3}"#,
                        90,
                    ),
                    tool(
                        "create_exchange",
                        r#"{"order_id":"<order>","from":"M","to":"L"}"#,
                        r#"{"exchange_id":"EX-<ticket>","label":"https://larkfield.example/labels/<tracking>.pdf"}"#,
                        410,
                    ),
                ],
                &[
                    "L is in stock. The exchange is EX-<ticket>; here is your return label: https://larkfield.example/labels/<tracking>.pdf. The L ships as soon as <carrier> scans the parcel.",
                ],
            ),
            maybe(
                &["Do I have to use the original box?", "Is the label free?"],
                &[search(
                    r#"{"query":"return packaging label cost","top_k":2}"#,
                    r#"[{"id":"kb-090","score":0.81,"title":"Return labels","text":"Labels are free for exchanges. Any sturdy box will do."}]"#,
                )],
                &[
                    "Any sturdy box will do, and the label costs you nothing because it is an exchange.",
                ],
            ),
        ],
    },
    Script {
        topic: "damaged",
        titles: &["<item> arrived broken", "Damaged delivery, order <order>"],
        turns: &[
            turn(
                &[
                    "The <item> arrived with a torn seam. I've only just unpacked it!",
                    "Box was crushed and the <item> inside has a crack. Photos attached. Order <order>.",
                ],
                &[
                    tool(
                        "get_order",
                        LOOK_UP,
                        r#"{"order_id":"<order>","status":"delivered","delivered_on":"<date>","items":[{"name":"<item>","price":<price>}]}"#,
                        160,
                    ),
                    tool(
                        "inspect_photo",
                        r#"{"attachments":["IMG_2041.jpg","IMG_2042.jpg"],"question":"Is the product damaged, and how?"}"#,
                        r#"{"damaged":true,"confidence":0.93,"description":"Seam open over about 6 cm on the left side; packaging dented."}"#,
                        1900,
                    ),
                ],
                &[
                    "Oh no, I am sorry. The photos show it clearly: the seam is open over about 6 cm. I can offer a new one, or you keep it and get 30 % back. What would you prefer?",
                ],
            ),
            turn(
                &["I'd rather have a new one.", "30 % is fine, I can sew it."],
                &[tool(
                    "create_claim",
                    r#"{"order_id":"<order>","type":"damage","photos":2}"#,
                    r#"{"claim_id":"DM-<ticket>","approved":true,"limit":<price>}"#,
                    530,
                )],
                &[
                    "Approved as DM-<ticket>. You'll have a confirmation at <email> in a minute, and everything is settled by <later>.",
                ],
            ),
        ],
    },
    Script {
        topic: "cancel",
        titles: &["Cancel order <order>", "<item> ordered twice (<order>)"],
        turns: &[
            turn(
                &[
                    "I ordered the <item> twice by accident. Please cancel <order>.",
                    "Need to cancel <order>, ordered the wrong colour.",
                ],
                &[tool(
                    "get_order",
                    LOOK_UP,
                    r#"{"order_id":"<order>","status":"picking","cancellable":true,"items":[{"name":"<item>","price":<price>}]}"#,
                    140,
                )],
                &[
                    "The order is being picked right now, but I can still stop it. Cancel all of <order> (€<price>)?",
                ],
            ),
            turn(
                &["Yes, all of it.", "Yes please, quickly!"],
                &[tool(
                    "cancel_order",
                    LOOK_UP,
                    r#"{"order_id":"<order>","status":"cancelled","reversal":"<price> EUR"}"#,
                    380,
                )],
                &[
                    "Stopped in time: <order> is cancelled and the reservation of €<price> on the card ending in <card> is released. Banks show that within a day or two.",
                ],
            ),
            maybe(
                &[
                    "Is my other order still on?",
                    "The other one still comes, right?",
                ],
                &[tool(
                    "list_orders",
                    r#"{"customer":"<email>","limit":3}"#,
                    r#"[{"order_id":"<order>","status":"cancelled"},{"order_id":"LF-<ticket>","status":"shipped","eta":"<later>"}]"#,
                    210,
                )],
                &["Yes, LF-<ticket> has shipped and should arrive on <later>."],
            ),
        ],
    },
];
