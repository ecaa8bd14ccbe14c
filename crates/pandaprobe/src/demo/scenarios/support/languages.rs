//! Conversations of customers who write Spanish or Japanese.

use crate::demo::script::{Script, maybe, search, tool, turn};

const LOOK_UP: &str = r#"{"order_id":"<order>"}"#;

/// Conversations in Spanish.
pub(super) static SPANISH: [Script; 3] = [
    Script {
        topic: "refund",
        titles: &["Reembolso del pedido <order>", "Devolución: <item>"],
        turns: &[
            turn(
                &[
                    "Hola, devolví el <item> hace diez días y todavía no me han devuelto el dinero. Pedido <order>.",
                    "Buenas tardes. ¿Cuándo recibo el reembolso de <order>? Ya debería estar.",
                ],
                &[
                    tool(
                        "get_order",
                        LOOK_UP,
                        r#"{"order_id":"<order>","status":"delivered","items":[{"name":"<item>","price":<price>}]}"#,
                        150,
                    ),
                    tool(
                        "get_return",
                        LOOK_UP,
                        r#"{"return_id":"R-<ticket>","state":"received","inspection":"done","refund":"pending"}"#,
                        180,
                    ),
                ],
                &[
                    "Hola, <name>. La devolución llegó el <date> y la revisión ya está hecha; solo falta enviar los <price> € a su tarjeta. ¿Quiere que lo haga ahora mismo?",
                ],
            ),
            turn(
                &["Sí, por favor.", "Claro, adelante. Gracias."],
                &[tool(
                    "issue_refund",
                    r#"{"order_id":"<order>","amount":<price>,"currency":"EUR"}"#,
                    r#"{"refund_id":"re_<tracking>","state":"submitted"}"#,
                    640,
                )],
                &[
                    "Hecho: el reembolso re_<tracking> está en camino y lo verá antes del <later>. Perdone la espera, <name>.",
                ],
            ),
            maybe(
                &["¿Me lo pueden confirmar por correo?"],
                &[tool(
                    "send_email",
                    r#"{"to":"<email>","template":"refund_confirmation","language":"es"}"#,
                    r#"{"queued":true}"#,
                    200,
                )],
                &[
                    "Por supuesto, acabo de enviar la confirmación a <email>. ¡Que tenga un buen día! 🌞",
                ],
            ),
        ],
    },
    Script {
        topic: "missing-parcel",
        titles: &["El paquete <tracking> no llega", "¿Dónde está mi pedido?"],
        turns: &[
            turn(
                &[
                    "El seguimiento pone «entregado» pero aquí no ha llegado nada. Pedido <order>, <city>.",
                    "¿Dónde está mi <item>? Llevo una semana esperando…",
                ],
                &[tool(
                    "track_parcel",
                    r#"{"carrier":"<carrier>","tracking":"<tracking>"}"#,
                    r#"{"events":[{"at":"<date> 09:30","text":"En reparto"},{"at":"<date> 14:05","text":"Entregado a un vecino"}]}"#,
                    900,
                )],
                &[
                    "Lo siento mucho, <name>. Según <carrier>, se entregó a un vecino el <date> a las 14:05. ¿Puede preguntar en el edificio? Si no aparece, abro una reclamación.",
                ],
            ),
            turn(
                &[
                    "Apareció, lo tenía la señora del segundo. ¡Gracias!",
                    "Nadie sabe nada.",
                ],
                &[tool(
                    "open_carrier_claim",
                    r#"{"tracking":"<tracking>","reason":"checked_with_customer"}"#,
                    r#"{"claim_id":"CL-<ticket>","state":"open"}"#,
                    980,
                )],
                &[
                    "Gracias por avisar. Dejo anotado el caso CL-<ticket> para que el repartidor deje aviso la próxima vez.",
                ],
            ),
        ],
    },
    Script {
        topic: "exchange",
        titles: &["Cambio de talla: <item>"],
        turns: &[
            turn(
                &["El <item> me queda pequeño, ¿puedo cambiarlo por una talla más?"],
                &[
                    search(
                        r#"{"query":"cambio de talla condiciones","language":"es","top_k":3}"#,
                        r#"[{"id":"kb-131-es","score":0.89,"title":"Cambios","text":"Los artículos sin usar se pueden cambiar durante 60 días. La etiqueta es gratuita."}]"#,
                    ),
                    tool(
                        "check_stock",
                        r#"{"sku":"<sku>","size":"L"}"#,
                        r#"{"available":2}"#,
                        110,
                    ),
                ],
                &[
                    "Sí, tiene 60 días y la talla L está disponible. ¿Le preparo la etiqueta de devolución?",
                ],
            ),
            turn(
                &["Sí, muchas gracias 😊"],
                &[tool(
                    "create_exchange",
                    r#"{"order_id":"<order>","from":"M","to":"L"}"#,
                    r#"{"exchange_id":"EX-<ticket>","label":"https://larkfield.example/labels/<tracking>.pdf"}"#,
                    420,
                )],
                &[
                    "Aquí la tiene: https://larkfield.example/labels/<tracking>.pdf. En cuanto <carrier> la escanee, sale la talla L hacia <city>.",
                ],
            ),
        ],
    },
];

/// Conversations in Japanese.
pub(super) static JAPANESE: [Script; 2] = [
    Script {
        topic: "refund",
        titles: &["ご返金について（<order>）", "返品した<item>の返金"],
        turns: &[
            turn(
                &[
                    "先週返品した<item>の返金がまだ確認できません。注文番号は<order>です。",
                    "すみません、<order>の返金はいつ頃になりますか？",
                ],
                &[
                    tool(
                        "get_order",
                        LOOK_UP,
                        r#"{"order_id":"<order>","status":"delivered","items":[{"name":"<item>","price":<price>}]}"#,
                        160,
                    ),
                    tool(
                        "get_return",
                        LOOK_UP,
                        r#"{"return_id":"R-<ticket>","state":"received","received_on":"<date>","inspection":"pending"}"#,
                        200,
                    ),
                ],
                &[
                    "<name>様、お問い合わせありがとうございます。商品は<date>に倉庫へ到着しておりますが、検品がまだ完了しておりません。規約を確認して、すぐにご返金できるかお調べいたします。少々お待ちください。",
                ],
            ),
            turn(
                &[
                    "よろしくお願いします。",
                    "はい、急いでいただけると助かります。",
                ],
                &[
                    search(
                        r#"{"query":"返金 検品 期間","language":"ja","top_k":3}"#,
                        r#"[{"id":"kb-112-ja","score":0.86,"title":"返品後のご返金","text":"検品は3営業日以内に行います。5営業日を過ぎた場合、担当者が直接返金手続きを行えます。"}]"#,
                    ),
                    tool(
                        "issue_refund",
                        r#"{"order_id":"<order>","amount":<price>}"#,
                        r#"{"refund_id":"re_<tracking>","state":"submitted"}"#,
                        700,
                    ),
                ],
                &[
                    "お待たせいたしました。返金手続きが完了しました（受付番号：re_<tracking>）。<later>までに下4桁<card>のカードへ反映される予定です。ご不便をおかけし申し訳ございません。",
                ],
            ),
            maybe(
                &["ありがとうございました！助かりました🙇"],
                &[],
                &["とんでもないことでございます。またのご利用をお待ちしております。"],
            ),
        ],
    },
    Script {
        topic: "product-advice",
        titles: &["<item>のサイズ相談", "冬の北海道におすすめの装備（<item>）"],
        turns: &[
            turn(
                &["12月に北海道へ行きます。<item>で寒さは大丈夫でしょうか？"],
                &[search(
                    r#"{"query":"<item> 耐寒温度 レビュー","language":"ja","top_k":4}"#,
                    r#"[{"id":"pr-881-ja","score":0.8,"title":"<item>","text":"快適温度 −2℃、限界温度 −9℃、重量 1.6kg"},{"id":"rv-590","score":0.68,"title":"レビュー","text":"旭川で使用。重ね着すれば問題なし。"}]"#,
                )],
                &[
                    "<item>の快適温度は−2℃です。12月の北海道では−10℃を下回る日もありますので、インナーの重ね着をおすすめいたします。ご予算はおいくらほどでしょうか？",
                ],
            ),
            turn(
                &[
                    "3万円くらいで考えています。",
                    "できれば2万円以内でお願いします。",
                ],
                &[tool(
                    "compare_products",
                    r#"{"skus":["<sku>","<sku>-W"],"fields":["weight","price","comfort"]}"#,
                    r#"[{"sku":"<sku>","price":<price>,"comfort_c":-2},{"sku":"<sku>-W","price":248.0,"comfort_c":-12}]"#,
                    260,
                )],
                &[
                    "でしたら冬用モデル（快適温度−12℃）がご予算に合います。在庫は東京倉庫に2点ございます。ご注文をお手伝いしましょうか？",
                ],
            ),
        ],
    },
];
