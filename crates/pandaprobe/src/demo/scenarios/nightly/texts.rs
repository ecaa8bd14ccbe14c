//! Tickets, reviews and summaries of the nightly jobs.

/// The teams that get a digest.
pub(super) static TEAMS: [&str; 5] = ["warehouse", "payments", "storefront", "mobile", "catalogue"];

/// Texts of tickets.
pub(super) static TICKETS: [&str; 22] = [
    "The box was half the size of the tent. Half. The. Size.",
    "Paid with gift card and card together, the gift card part was refunded twice.",
    "App logs me out each time I open the basket. Pixel 9, version 8.2.",
    "Is the Harrier 45 airline cabin size? The page has no dimensions.",
    "Return label prints on three pages and the barcode is cut.",
    "I ordered on Friday with express and it left the warehouse on Tuesday.",
    "Voucher TRAIL10 says not valid for my country, but I live in the country you ship to.",
    "Please delete my account and all data, I asked twice already.",
    "Size chart of the Drift jacket is for children. Really.",
    "Address field does not accept the letter ß.",
    "Your chat told me the refund is on its way and it was, thank you, great bot!",
    "Two left shoes in one box 🙃",
    "Why do you ask for my date of birth to buy a pair of socks?",
    "Push notifications at 4 in the morning about tents. Please stop.",
    "The zipper came off during the first hike, photo attached.",
    "Invoice has the wrong VAT number, my accountant needs a new one.",
    "Search for rain coat finds only umbrellas.",
    "The carrier left the parcel in the paper bin, it was collected.",
    "Stock said 3 left, order was cancelled two days later because sold out.",
    "Product video makes my whole laptop hang.",
    "I want to pay by invoice as a company, where is that option?",
    "Delivery date moved four times. I leave on Thursday!",
];

/// Texts of product reviews.
pub(super) static REVIEWS: [&str; 18] = [
    "★★★★★ Three weeks of Scottish rain and my socks were dry.",
    "★★☆☆☆ Nice colour, but the hood falls over my eyes.",
    "★★★★☆ Lighter than it looks. The pegs are rubbish, bring your own.",
    "★☆☆☆☆ Seam tape came off after two washes at 30 °C.",
    "★★★★★ Boils a litre in three minutes at 2,400 m. Love it.",
    "★★★☆☆ Fits wide feet. The laces undo themselves.",
    "★★★★☆ Great pack, but why is the bottle pocket so tight?",
    "★★★★★ とても軽くて設営も簡単でした。通気性も良いです。",
    "★★☆☆☆ La cremallera se atasca con el frío.",
    "★★★★★ Bought it for my daughter, now everybody in the family has one.",
    "★★★☆☆ Warm, yes. Quiet, no: it rustles like a bag of crisps.",
    "★★★★☆ Head torch is bright enough for a night run, the strap is short.",
    "★★★★★ Repair service replaced the zip for free. That is how it should be.",
    "★★☆☆☆ The filter clogs after five litres of lake water.",
    "★★★★☆ Bon rapport qualité-prix, un peu lourd.",
    "★★★★★ Sehr gute Verarbeitung, sitzt perfekt.",
    "★☆☆☆☆ Smells of chemicals even after a week on the balcony.",
    "★★★☆☆ Sleeping bag is fine to 3 °C, not to −2 as printed.",
];

/// One-line summaries.
pub(super) static DIGESTS: [&str; 16] = [
    "Labels print badly: barcode cut on A4 in three cases; likely the new template of Monday.",
    "Several customers could not log in on app 8.2 (Pixel phones); fixed in 8.2.1 according to mobile.",
    "Express parcels left late from the main warehouse; all on Friday afternoon.",
    "Wrong or missing size information on two products; content team informed.",
    "Double refund of gift cards in mixed payments, two cases, about €90.",
    "Vouchers are refused for addresses abroad; rule excludes islands by mistake.",
    "Praise for the repair service and for quick refunds.",
    "Complaints about quality of zips, all from the same batch (2026-08).",
    "Search does not know synonyms for coat; eight customers gave up.",
    "Notifications sent at night to customers in other time zones.",
    "Overselling: three orders cancelled after the stock said available.",
    "Customers ask for payment by invoice; no trade option at checkout.",
    "Rating of the filter fell to 2.9; clogging after a few litres.",
    "Comfort temperature of the sleeping bag is doubted by four reviewers.",
    "Privacy requests older than five days: two. One needs an answer today.",
    "Nothing urgent; mostly questions about dimensions and delivery days.",
];
