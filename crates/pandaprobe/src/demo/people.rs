//! Who uses the demo's agents. The first of each list use them most.

/// A customer of the shop.
pub(crate) struct Customer {
    pub(crate) id: &'static str,
    pub(crate) first_name: &'static str,
    pub(crate) email: &'static str,
    pub(crate) city: &'static str,
    pub(crate) plan: &'static str,
    pub(crate) region: &'static str,
}

/// A colleague who works with the internal agents.
pub(crate) struct Colleague {
    pub(crate) id: &'static str,
    pub(crate) team: &'static str,
}

const fn customer(
    id: &'static str,
    first_name: &'static str,
    email: &'static str,
    city: &'static str,
    plan: &'static str,
    region: &'static str,
) -> Customer {
    Customer {
        id,
        first_name,
        email,
        city,
        plan,
        region,
    }
}

const fn colleague(id: &'static str, team: &'static str) -> Colleague {
    Colleague { id, team }
}

/// Customers who write English.
pub(crate) static CUSTOMERS: [Customer; 18] = [
    customer(
        "cus_10482",
        "Maya",
        "maya.lindqvist@mail.example",
        "Portland",
        "plus",
        "us-west",
    ),
    customer(
        "cus_20917",
        "Tom",
        "t.okafor@mail.example",
        "Leeds",
        "basic",
        "eu-west",
    ),
    customer(
        "cus_11730",
        "Priya",
        "priya.raman@post.example",
        "Austin",
        "plus",
        "us-east",
    ),
    customer(
        "cus_30255",
        "Daniel",
        "dan.hofstra@mail.example",
        "Utrecht",
        "basic",
        "eu-west",
    ),
    customer(
        "cus_18804",
        "Grace",
        "grace.otieno@post.example",
        "Bristol",
        "plus",
        "eu-west",
    ),
    customer(
        "cus_40961",
        "Leo",
        "leo.marchetti@mail.example",
        "Boston",
        "basic",
        "us-east",
    ),
    customer(
        "cus_22513",
        "Hannah",
        "hannah.brandt@post.example",
        "Denver",
        "trade",
        "us-west",
    ),
    customer(
        "cus_51077",
        "Samir",
        "samir.haddad@mail.example",
        "Toronto",
        "plus",
        "us-east",
    ),
    customer(
        "cus_33390",
        "Ellie",
        "ellie.ward@mail.example",
        "Cardiff",
        "basic",
        "eu-west",
    ),
    customer(
        "cus_60218",
        "Noah",
        "noah.beck@post.example",
        "Seattle",
        "basic",
        "us-west",
    ),
    customer(
        "cus_47745",
        "Ingrid",
        "ingrid.solberg@mail.example",
        "Bergen",
        "plus",
        "eu-north",
    ),
    customer(
        "cus_55012",
        "Marcus",
        "marcus.bell@mail.example",
        "Chicago",
        "trade",
        "us-east",
    ),
    customer(
        "cus_61893",
        "Aoife",
        "aoife.byrne@post.example",
        "Galway",
        "basic",
        "eu-west",
    ),
    customer(
        "cus_72340",
        "Ravi",
        "ravi.menon@mail.example",
        "San Jose",
        "plus",
        "us-west",
    ),
    customer(
        "cus_39128",
        "Chloe",
        "chloe.dubois@post.example",
        "Montréal",
        "basic",
        "us-east",
    ),
    customer(
        "cus_80466",
        "Oskar",
        "oskar.nowak@mail.example",
        "Gdańsk",
        "basic",
        "eu-north",
    ),
    customer(
        "cus_77105",
        "Beth",
        "beth.carmody@mail.example",
        "Adelaide",
        "plus",
        "ap-south",
    ),
    customer(
        "cus_90233",
        "Jonas",
        "jonas.weiss@post.example",
        "Zürich",
        "trade",
        "eu-west",
    ),
];

/// Customers who write Spanish.
pub(crate) static SPANISH_CUSTOMERS: [Customer; 4] = [
    customer(
        "cus_65001",
        "Lucía",
        "lucia.romero@correo.example",
        "Valencia",
        "plus",
        "eu-south",
    ),
    customer(
        "cus_65418",
        "Mateo",
        "mateo.quispe@correo.example",
        "Sevilla",
        "basic",
        "eu-south",
    ),
    customer(
        "cus_66920",
        "Inés",
        "ines.ferrer@correo.example",
        "Bilbao",
        "basic",
        "eu-south",
    ),
    customer(
        "cus_67355",
        "Andrés",
        "andres.nunez@correo.example",
        "Ciudad de México",
        "plus",
        "us-south",
    ),
];

/// Customers who write Japanese.
pub(crate) static JAPANESE_CUSTOMERS: [Customer; 3] = [
    customer(
        "cus_88101",
        "佐藤 美咲",
        "m.sato@mail.example",
        "東京",
        "plus",
        "ap-north",
    ),
    customer(
        "cus_88214",
        "田中 健",
        "ken.tanaka@mail.example",
        "大阪",
        "basic",
        "ap-north",
    ),
    customer(
        "cus_88907",
        "高橋 遥",
        "haruka.t@mail.example",
        "京都",
        "plus",
        "ap-north",
    ),
];

/// Developers who work with the coding agent.
pub(crate) static DEVELOPERS: [Colleague; 8] = [
    colleague("anna.kovacs", "payments"),
    colleague("dmitri.volkov", "platform"),
    colleague("jules.martin", "storefront"),
    colleague("sofia.almeida", "payments"),
    colleague("wei.zhang", "search"),
    colleague("nadia.rahman", "platform"),
    colleague("peter.lund", "mobile"),
    colleague("kofi.mensah", "data"),
];

/// People who ask the data analyst and the research agent.
pub(crate) static ANALYSTS: [Colleague; 7] = [
    colleague("elena.petrova@larkfield.example", "finance"),
    colleague("carlos.mendez@larkfield.example", "marketing"),
    colleague("ruth.adeyemi@larkfield.example", "operations"),
    colleague("bjorn.haugen@larkfield.example", "strategy"),
    colleague("mei.lin@larkfield.example", "merchandising"),
    colleague("oliver.grant@larkfield.example", "finance"),
    colleague("fatima.zahra@larkfield.example", "marketing"),
];

/// Learners of the language tutor.
pub(crate) static LEARNERS: [Colleague; 4] = [
    colleague("learner-0042", "free"),
    colleague("learner-0317", "premium"),
    colleague("learner-0561", "premium"),
    colleague("learner-0733", "free"),
];
