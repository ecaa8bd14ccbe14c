//! Phrases that learners practise with the language tutor.

/// A phrase in the learner's language, its translation, what to know about
/// it, and the mistake learners make.
pub(super) struct Phrase {
    pub(super) known: &'static str,
    pub(super) learned: &'static str,
    pub(super) note: &'static str,
    pub(super) mistake: &'static str,
}

const fn phrase(
    known: &'static str,
    learned: &'static str,
    note: &'static str,
    mistake: &'static str,
) -> Phrase {
    Phrase {
        known,
        learned,
        note,
        mistake,
    }
}

/// Spanish for a trip to Mexico.
pub(super) static SPANISH: [Phrase; 46] = [
    phrase(
        "Where is the bus station?",
        "¿Dónde está la terminal de autobuses?",
        "In Mexico one says *terminal* or *central*; *estación* is for trains and the metro.",
        "¿Dónde es la estación de bus?",
    ),
    phrase(
        "I would like a table for two.",
        "Quisiera una mesa para dos.",
        "*Quisiera* is politer than *quiero*.",
        "Quiero un mesa por dos.",
    ),
    phrase(
        "How much is it?",
        "¿Cuánto cuesta?",
        "On a market also *¿a cómo?*, for a price per kilo.",
        "¿Cuánto es cuesta?",
    ),
    phrase(
        "Could you bring me the bill?",
        "¿Me trae la cuenta, por favor?",
        "The present tense is enough; *por favor* makes it polite.",
        "¿Puede llevarme la cuenta?",
    ),
    phrase(
        "I don't eat meat.",
        "No como carne.",
        "Say *ni pollo ni jamón* too, many people count only beef as *carne*.",
        "No como carnes, pollo sí.",
    ),
    phrase(
        "The shower doesn't work.",
        "La regadera no funciona.",
        "*Regadera* in Mexico, *ducha* in Spain.",
        "La ducha no trabaja.",
    ),
    phrase(
        "We have lost the key.",
        "Se nos perdió la llave.",
        "With *se nos* it is nobody's fault, which is how one usually puts it.",
        "Perdimos el llave.",
    ),
    phrase(
        "Is breakfast included?",
        "¿Está incluido el desayuno?",
        "*Estar*, since it is a state of affairs here and now.",
        "¿Es incluido desayuno?",
    ),
    phrase(
        "I've been here for three days.",
        "Llevo tres días aquí.",
        "*Llevar* + time + place: no *he estado* needed.",
        "He sido aquí por tres días.",
    ),
    phrase(
        "What do you recommend?",
        "¿Qué me recomienda?",
        "*Me* must be there: recommend to me.",
        "¿Qué recomiendas mí?",
    ),
    phrase(
        "It's too spicy for me.",
        "Está demasiado picante para mí.",
        "*Picoso* is common in Mexico as well.",
        "Es muy caliente para mí.",
    ),
    phrase(
        "Can I pay by card?",
        "¿Puedo pagar con tarjeta?",
        "*Con*, not *por*.",
        "¿Puedo pagar por carta?",
    ),
    phrase(
        "Turn left at the corner.",
        "Dé vuelta a la izquierda en la esquina.",
        "*Dar vuelta* in Mexico, *girar* everywhere.",
        "Vuelta izquierda en la rincón.",
    ),
    phrase(
        "I'm looking for a pharmacy.",
        "Busco una farmacia.",
        "*Buscar* takes no preposition for things.",
        "Busco por una farmacia.",
    ),
    phrase(
        "My friend is sick.",
        "Mi amiga está enferma.",
        "*Estar* for health.",
        "Mi amiga es enferma.",
    ),
    phrase(
        "What time does it open?",
        "¿A qué hora abre?",
        "The *a* is needed.",
        "¿Qué hora abierta?",
    ),
    phrase(
        "It was very nice to meet you.",
        "Mucho gusto en conocerlo.",
        "*Conocerla* to a woman, *conocerte* to a friend.",
        "Fue muy bonito encontrarte.",
    ),
    phrase(
        "Could you speak more slowly?",
        "¿Puede hablar más despacio?",
        "*Despacio*, or *más lento* in everyday speech.",
        "¿Puede hablar más lentamente rápido?",
    ),
    phrase(
        "I'll think about it.",
        "Lo voy a pensar.",
        "*Pensar en* is to have on one's mind; *pensarlo* is to consider.",
        "Pensaré sobre.",
    ),
    phrase(
        "We missed the bus.",
        "Perdimos el camión.",
        "*Camión* is a bus in Mexico and a lorry elsewhere.",
        "Echamos de menos el autobús.",
    ),
    phrase(
        "I would have come earlier.",
        "Habría venido antes.",
        "In speech also *hubiera venido*.",
        "Habrías venido más temprano.",
    ),
    phrase(
        "If I had time I would stay.",
        "Si tuviera tiempo, me quedaría.",
        "*Si* with imperfect subjunctive, then conditional. Never *si tendría*.",
        "Si tendría tiempo, me quedo.",
    ),
    phrase(
        "I hope it doesn't rain.",
        "Espero que no llueva.",
        "*Esperar que* wants the subjunctive.",
        "Espero que no llueve.",
    ),
    phrase(
        "Tell him to call me.",
        "Dígale que me llame.",
        "An order in reported form: subjunctive.",
        "Dígale que me llama.",
    ),
    phrase(
        "As soon as we arrive",
        "En cuanto lleguemos",
        "Future meaning after a time word: subjunctive again.",
        "En cuanto llegamos",
    ),
    phrase(
        "It depends on the weather.",
        "Depende del clima.",
        "*Depender de*; *clima* is used for weather in Mexico.",
        "Depende en el tiempo.",
    ),
    phrase(
        "I'm used to it.",
        "Estoy acostumbrada.",
        "Ends in *-o* if you are a man.",
        "Soy acostumbrado a.",
    ),
    phrase(
        "There are too many people.",
        "Hay demasiada gente.",
        "*Gente* is singular and feminine.",
        "Hay demasiados gentes.",
    ),
    phrase(
        "He hasn't arrived yet.",
        "Todavía no ha llegado.",
        "*Todavía no*, before the verb. In Mexico often *todavía no llega*.",
        "Él no llegó ya.",
    ),
    phrase(
        "I like both.",
        "Me gustan los dos.",
        "The things are the subject, so *gustan*.",
        "Yo gusto ambos.",
    ),
    phrase(
        "What is this called?",
        "¿Cómo se llama esto?",
        "*Cómo*, although English says *what*.",
        "¿Qué se llama esto?",
    ),
    phrase(
        "It's on the second floor.",
        "Está en el segundo piso.",
        "In Mexico the ground floor is *planta baja*, so *primer piso* is one up.",
        "Es en el piso segundo.",
    ),
    phrase(
        "My luggage is missing.",
        "Falta mi maleta.",
        "*Faltar* works like *gustar*.",
        "Mi equipaje está faltado.",
    ),
    phrase(
        "I need a receipt.",
        "Necesito un recibo.",
        "For taxes ask for *factura*.",
        "Necesito una receta.",
    ),
    phrase(
        "You were right.",
        "Tenías razón.",
        "*Tener razón*, to have reason.",
        "Fuiste correcto.",
    ),
    phrase(
        "Let's go somewhere else.",
        "Vamos a otro lado.",
        "No article before *otro*.",
        "Vamos a un otro lugar.",
    ),
    phrase(
        "It doesn't matter.",
        "No importa.",
        "*No hay problema* also fits.",
        "No materia.",
    ),
    phrase(
        "I'm just looking.",
        "Solo estoy viendo.",
        "*Mirando* in Spain.",
        "Yo estoy solo mirar.",
    ),
    phrase(
        "How long does it take?",
        "¿Cuánto tarda?",
        "For a journey also *¿cuánto se hace?*",
        "¿Cuánto tiempo toma eso largo?",
    ),
    phrase(
        "She reminds me of my sister.",
        "Me recuerda a mi hermana.",
        "*Recordar a*, with the personal *a*.",
        "Ella recuerda mi hermana de mí.",
    ),
    phrase(
        "I got used to the heat.",
        "Me acostumbré al calor.",
        "Reflexive, and *al* = *a* + *el*.",
        "Conseguí usado al calor.",
    ),
    phrase(
        "Don't worry.",
        "No se preocupe.",
        "*No te preocupes* to friends.",
        "No preocupa.",
    ),
    phrase(
        "It's a pity that you can't come.",
        "Es una lástima que no puedas venir.",
        "A feeling about a fact: subjunctive.",
        "Es lástima que no puedes venir.",
    ),
    phrase(
        "I've run out of money.",
        "Se me acabó el dinero.",
        "*Se me* again: the accidental construction.",
        "Corrí fuera de dinero.",
    ),
    phrase(
        "Could you take a picture of us?",
        "¿Nos puede tomar una foto?",
        "*Tomar* in Mexico, *sacar* or *hacer* in Spain.",
        "¿Puede hacer una pintura de nosotros?",
    ),
    phrase(
        "See you tomorrow!",
        "¡Hasta mañana!",
        "Or *nos vemos mañana*.",
        "¡Veo te mañana!",
    ),
];

/// Japanese for beginners.
pub(super) static JAPANESE: [Phrase; 12] = [
    phrase(
        "Excuse me, where is the station?",
        "すみません、駅はどこですか。",
        "*Sumimasen* opens every question to a stranger.",
        "駅はどこがですか。",
    ),
    phrase(
        "I'd like this one.",
        "これをください。",
        "*O* marks the thing you ask for.",
        "これがください。",
    ),
    phrase(
        "How much is it?",
        "いくらですか。",
        "Point and ask; no subject needed.",
        "いくつですか。",
    ),
    phrase(
        "I don't understand Japanese well.",
        "日本語があまりわかりません。",
        "*Wakaru* takes *ga*, not *o*.",
        "日本語をわかりません。",
    ),
    phrase(
        "Please say it once more.",
        "もう一度お願いします。",
        "Works in any situation.",
        "もう一つ言ってください。",
    ),
    phrase(
        "What time does it start?",
        "何時に始まりますか。",
        "*Ni* for a point in time.",
        "何時で始めますか。",
    ),
    phrase(
        "I'm allergic to eggs.",
        "卵アレルギーがあります。",
        "Have, with *ga arimasu*.",
        "私は卵アレルギーをあります。",
    ),
    phrase(
        "Is this seat free?",
        "この席は空いていますか。",
        "A state: *-te imasu*.",
        "この席は空きますか。",
    ),
    phrase(
        "I came by train.",
        "電車で来ました。",
        "*De* for the means.",
        "電車に来ました。",
    ),
    phrase(
        "It was delicious!",
        "おいしかったです！",
        "The adjective itself takes the past.",
        "おいしいでした！",
    ),
    phrase(
        "I've never been to Kyoto.",
        "京都に行ったことがありません。",
        "*-ta koto ga aru* for experience.",
        "京都に行きませんでした。",
    ),
    phrase(
        "See you again.",
        "また会いましょう。",
        "To colleagues: *otsukaresama desu*.",
        "また見ましょう。",
    ),
];
