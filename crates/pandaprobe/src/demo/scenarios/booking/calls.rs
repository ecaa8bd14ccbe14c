//! What people say to the voice agent that books tables and appointments.

use crate::demo::script::{Script, maybe, tool, turn};

/// The calls, as heard by the agent.
pub(super) static SCRIPTS: [Script; 6] = [
    Script {
        topic: "restaurant",
        titles: &[
            "Table for <people> at <place>",
            "Dinner reservation <place>",
        ],
        turns: &[
            turn(
                &[
                    "Hi, I'd like a table for <people> on <later>, around half past seven.",
                    "Good evening, do you have something for <people> people on <later> at eight?",
                ],
                &[tool(
                    "find_slots",
                    r#"{"place":"<place>","day":"<later>","party":<people>,"around":"19:30"}"#,
                    r#"{"slots":["18:45","19:45","20:15"],"terrace":true}"#,
                    340,
                )],
                &[
                    "On <later> I have a quarter to eight or a quarter past eight. Which one would you like?",
                ],
            ),
            turn(
                &[
                    "Quarter to eight is perfect. Outside, if it's dry?",
                    "The later one, please. Inside.",
                ],
                &[tool(
                    "book_table",
                    r#"{"place":"<place>","day":"<later>","time":"19:45","party":<people>,"name":"<name>"}"#,
                    r#"{"booking":"BK<ticket>","state":"confirmed"}"#,
                    510,
                )],
                &[
                    "Lovely, that's booked for <name>. Your number is B K <ticket>. Does anybody at the table have an allergy?",
                ],
            ),
            maybe(
                &[
                    "Yes, one of us can't have nuts.",
                    "One vegetarian, and no shellfish for me.",
                ],
                &[tool(
                    "add_note",
                    r#"{"booking":"BK<ticket>","note":"allergy mentioned by caller"}"#,
                    r#"{"saved":true}"#,
                    180,
                )],
                &["I've put that down for the kitchen. See you on <later>!"],
            ),
        ],
    },
    Script {
        topic: "dentist",
        titles: &["Dentist appointment, <name>", "Toothache: <name>, urgent"],
        turns: &[
            turn(
                &[
                    "Hello, this is <name>, I've had toothache since yesterday, can I come in soon?",
                    "Hi, <name> here, I lost a filling. Is there anything today or tomorrow?",
                ],
                &[
                    tool(
                        "triage",
                        r#"{"complaint":"as told","pain":6}"#,
                        r#"{"urgency":"within_24h"}"#,
                        220,
                    ),
                    tool(
                        "find_slots",
                        r#"{"place":"Dr. Hale","kind":"urgent"}"#,
                        r#"{"slots":["tomorrow 08:10","tomorrow 12:40"]}"#,
                        390,
                    ),
                ],
                &[
                    "I'm sorry to hear that. The doctor can see you tomorrow at ten past eight or at twenty to one. Which suits you?",
                ],
            ),
            turn(
                &[
                    "Ten past eight. Do I need to bring anything?",
                    "The one at noon, please.",
                ],
                &[tool(
                    "book_appointment",
                    r#"{"place":"Dr. Hale","patient":"<name>","slot":"tomorrow 08:10"}"#,
                    r#"{"booking":"AP<ticket>","state":"confirmed"}"#,
                    470,
                )],
                &[
                    "Done, A P <ticket>. Please bring your insurance card, and call again if you get a fever or a swelling.",
                ],
            ),
        ],
    },
    Script {
        topic: "hairdresser",
        titles: &["Cita en la peluquería, <name>", "Corte y color para <name>"],
        turns: &[
            turn(
                &[
                    "Hola, quería pedir cita para cortar y teñir, el <later> si puede ser.",
                    "Buenas, ¿tenéis hueco el <later> por la tarde?",
                ],
                &[tool(
                    "find_slots",
                    r#"{"place":"Salón Miró","day":"<later>","service":"corte+color"}"#,
                    r#"{"slots":["10:30","16:15"]}"#,
                    330,
                )],
                &[
                    "¡Hola! El <later> tengo a las diez y media o a las cuatro y cuarto de la tarde. ¿Cuál prefiere?",
                ],
            ),
            turn(
                &[
                    "A las cuatro y cuarto. ¿Cuánto dura más o menos?",
                    "Por la mañana mejor.",
                ],
                &[tool(
                    "book_appointment",
                    r#"{"place":"Salón Miró","name":"<name>","slot":"16:15"}"#,
                    r#"{"booking":"SM<ticket>","state":"confirmed"}"#,
                    450,
                )],
                &[
                    "Perfecto, queda reservado a nombre de <name>. Calcule unas dos horas. ¡Hasta entonces! 💇",
                ],
            ),
        ],
    },
    Script {
        topic: "ryokan",
        titles: &["旅館の予約（<people>名）", "<later>のご宿泊"],
        turns: &[
            turn(
                &[
                    "もしもし、<later>に<people>名で一泊お願いしたいのですが。",
                    "すみません、<later>は空いていますか？<people>名です。",
                ],
                &[tool(
                    "find_rooms",
                    r#"{"place":"旅館さくら","day":"<later>","guests":<people>}"#,
                    r#"{"rooms":[{"type":"和室10畳","price_jpy":23800},{"type":"露天風呂付き","price_jpy":36500}]}"#,
                    420,
                )],
                &[
                    "お電話ありがとうございます。<later>は和室10畳と露天風呂付きのお部屋がございます。どちらになさいますか？",
                ],
            ),
            turn(
                &[
                    "露天風呂付きでお願いします。",
                    "和室で大丈夫です。夕食は付いていますか？",
                ],
                &[tool(
                    "book_room",
                    r#"{"place":"旅館さくら","name":"<name>","day":"<later>"}"#,
                    r#"{"booking":"RK<ticket>","state":"confirmed","meals":"二食付き"}"#,
                    560,
                )],
                &[
                    "かしこまりました。予約番号はRK<ticket>、二食付きでございます。チェックインは15時からです。お待ちしております。",
                ],
            ),
        ],
    },
    Script {
        topic: "car-service",
        titles: &["Winter tyres, <name>", "Car service, <name>"],
        turns: &[
            turn(
                &[
                    "I need winter tyres fitted before the weekend, is that still possible?",
                    "Morning! My car makes a grinding noise when braking. Could somebody look at it?",
                ],
                &[tool(
                    "find_slots",
                    r#"{"place":"Harbour Garage","day":"<later>"}"#,
                    r#"{"slots":["07:30","11:00"],"duration_min":60}"#,
                    280,
                )],
                &[
                    "We could take it on <later>, at half past seven or at eleven. It takes about an hour.",
                ],
            ),
            maybe(
                &[
                    "What does that cost roughly?",
                    "Can I wait there or do you have a replacement car?",
                ],
                &[tool(
                    "get_price",
                    r#"{"service":"as discussed"}"#,
                    r#"{"from":49,"to":89,"currency":"EUR"}"#,
                    150,
                )],
                &[
                    "Between 49 and 89 euros, depending on the wheels. There is coffee and a quiet room if you want to wait.",
                ],
            ),
            turn(
                &["Half past seven then.", "Eleven is fine."],
                &[tool(
                    "book_appointment",
                    r#"{"place":"Harbour Garage","name":"<name>","slot":"07:30"}"#,
                    r#"{"booking":"HG<ticket>","state":"confirmed"}"#,
                    430,
                )],
                &["Booked, H G <ticket>. Put the key in the box if we're not open yet. Thank you!"],
            ),
        ],
    },
    Script {
        topic: "cancellation",
        titles: &["Cancel booking BK<ticket>", "Moving BK<ticket>"],
        turns: &[
            turn(
                &[
                    "I have to cancel my booking, number B K <ticket>.",
                    "Something came up, can I move my table to another day?",
                ],
                &[tool(
                    "get_booking",
                    r#"{"booking":"BK<ticket>"}"#,
                    r#"{"booking":"BK<ticket>","place":"<place>","day":"<later>","party":<people>}"#,
                    190,
                )],
                &[
                    "I found it: <place>, <later>, <people> people. Shall I cancel it or look for another day?",
                ],
            ),
            turn(
                &[
                    "Cancel it, please.",
                    "Another day: the one after, same time?",
                ],
                &[tool(
                    "change_booking",
                    r#"{"booking":"BK<ticket>","action":"as asked"}"#,
                    r#"{"state":"changed","fee":0}"#,
                    360,
                )],
                &["That's done and costs nothing. You get a text message in a moment. Goodbye!"],
            ),
        ],
    },
];
