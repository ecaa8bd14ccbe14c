//! When things happen: working days are busy, nights are quiet.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::dice::Dice;

/// Days before the anchor over which sessions are spread.
pub(crate) const DAYS: u64 = 14;
/// Microseconds of a day.
pub(crate) const DAY: i64 = 86_400_000_000;
/// Microseconds of a minute.
pub(crate) const MINUTE: i64 = 60_000_000;

/// How much happens in each hour of a day (UTC).
const HOURS: [u32; 24] = [
    2, 1, 1, 1, 2, 3, 6, 12, 18, 22, 22, 19, 16, 20, 23, 22, 19, 16, 13, 11, 9, 7, 5, 3,
];

/// Returns a whole number of days in microseconds.
pub(crate) fn day(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(0) * DAY
}

/// Share of moments that lie in the hours before `now`, so that the newest
/// sessions are minutes old at any time of the day.
const RECENT: f64 = 0.08;
const RECENT_MINUTES: u64 = 16 * 60;

/// Returns a moment in the 14 days before `now`.
pub(crate) fn working_moment(dice: &mut Dice, now: i64) -> i64 {
    if dice.chance(RECENT) {
        let ago = dice.skewed(RECENT_MINUTES as usize) as i64;
        return now - (3 + ago) * MINUTE;
    }
    let midnight = now - now.rem_euclid(DAY);
    let earliest = now - day(DAYS);
    // A few tries find a fitting moment; the rest is spread evenly.
    for _ in 0..40 {
        let date = midnight - day(dice.range(0, DAYS + 1));
        let hour = dice.weighted(&HOURS) as i64;
        let within = i64::try_from(dice.range(0, 3_600_000_000)).unwrap_or(0);
        let moment = date + hour * 60 * MINUTE + within;
        let quiet_day = is_weekend(moment) && dice.chance(0.6);
        if (earliest..now - MINUTE).contains(&moment) && !quiet_day {
            return moment;
        }
    }
    let micros = i64::try_from(dice.range(0, DAYS * 86_400)).unwrap_or(0) * 1_000_000;
    earliest + micros
}

/// Returns the moment at `hour`:00 UTC of the night `nights_ago` before `now`.
pub(crate) fn night(now: i64, nights_ago: u64, hour: i64) -> i64 {
    let midnight = now - now.rem_euclid(DAY);
    midnight - day(nights_ago) + hour * 60 * MINUTE
}

/// Returns the date as `2026-11-12`.
pub(crate) fn date(micros: i64) -> String {
    timestamp(micros).strftime("%Y-%m-%d").to_string()
}

/// Returns the day as people write it in `en`, `es` or `ja`: `12 Nov`,
/// `12/11`, `11月12日`.
pub(crate) fn day_month(micros: i64, language: &str) -> String {
    let format = match language {
        "es" => "%-d/%-m",
        "ja" => "%-m月%-d日",
        _ => "%-d %b",
    };
    timestamp(micros).strftime(format).to_string()
}

fn is_weekend(micros: i64) -> bool {
    let weekday = timestamp(micros).to_zoned(TimeZone::UTC).weekday();
    matches!(weekday, Weekday::Saturday | Weekday::Sunday)
}

fn timestamp(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_219_200_000_000; // 2026-11-21T00:00:00Z

    #[test]
    fn moments_lie_in_the_fortnight_before_now() {
        let mut dice = Dice::new(3, 0, 0);
        for _ in 0..500 {
            let moment = working_moment(&mut dice, NOW);
            assert!((NOW - day(DAYS)..NOW).contains(&moment));
        }
    }

    #[test]
    fn weekends_and_nights_are_quieter() {
        let mut dice = Dice::new(3, 0, 0);
        let moments: Vec<i64> = (0..2000).map(|_| working_moment(&mut dice, NOW)).collect();
        let weekend = moments.iter().filter(|m| is_weekend(**m)).count();
        assert!(weekend < 2000 * 2 / 7 * 3 / 4, "{weekend} at weekends");
        let night = moments.iter().filter(|m| m.rem_euclid(DAY) < DAY / 4);
        assert!(night.count() < 300);
    }

    #[test]
    fn dates_read_well() {
        assert_eq!(date(NOW), "2026-11-21");
        assert_eq!(day_month(NOW - day(12), "en"), "9 Nov");
        assert_eq!(day_month(NOW - day(12), "ja"), "11月9日");
        assert_eq!(night(NOW, 1, 2), NOW - DAY + 120 * MINUTE);
    }
}
