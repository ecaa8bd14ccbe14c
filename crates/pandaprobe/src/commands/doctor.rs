//! `pandaprobe doctor`

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use pandaprobe_store::sqlite::doctor::{Area, Cure, Fault, Note, Report, Tally, examine};
use serde_json::json;

use super::tools;
use crate::cli::DoctorArgs;
use crate::failure::Failure;
use crate::say;

/// The data could not be checked.
const UNCHECKED: u8 = 2;

/// Examines the data and says what is wrong with it. Ends with 0 if nothing is
/// or all was repaired, with 1 if something is, with 2 if nobody can say.
pub(crate) fn run(arguments: &DoctorArgs) -> ExitCode {
    match check(arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            say::error(&failure);
            ExitCode::from(UNCHECKED)
        }
    }
}

/// Whether all is well in the end.
fn check(arguments: &DoctorArgs) -> Result<bool, Failure> {
    let dir = tools::data_directory(&arguments.data)?;
    let outcome = examine(&dir, arguments.repair, &mut |note| match note {
        Note::Looking { area, done, of } => {
            say::passing(format_args!("doctor: {}{}", area.name(), share(done, of)));
        }
        Note::Fault(fault) => {
            say::passed();
            if arguments.json {
                say::line(fault_json(fault));
            } else {
                say::line(fault_text(fault));
            }
        }
    });
    say::passed();
    let report = outcome.map_err(|error| tools::failure("check the data", &dir, &error))?;
    if arguments.json {
        say::line(report_json(&dir, &report));
    } else {
        say::line(report_text(&dir, &report, arguments.repair).trim_end());
    }
    Ok(report.faults() == report.repaired())
}

/// How far an area is done.
fn share(done: u64, of: u64) -> String {
    match (done * 100).checked_div(of) {
        Some(percent) => format!(", {} %", percent.min(100)),
        None => String::new(),
    }
}

fn fault_text(fault: &Fault) -> String {
    let Fault {
        table, row, what, ..
    } = fault;
    let cure = match fault.cure {
        Cure::Repaired => " (repaired)",
        Cure::Repairable => "",
        Cure::None => " (no repair)",
    };
    format!("fault: {table} {row}: {what}{cure}")
}

fn fault_json(fault: &Fault) -> serde_json::Value {
    json!({
        "type": "fault",
        "area": fault.area.name(),
        "table": fault.table,
        "row": fault.row,
        "what": fault.what,
        "cure": match fault.cure {
            Cure::Repaired => "repaired",
            Cure::Repairable => "repairable",
            Cure::None => "none",
        },
    })
}

fn report_json(dir: &Path, report: &Report) -> serde_json::Value {
    let checked = report.checked.iter().map(|(area, tally)| {
        json!({
            "area": area.name(),
            "checked": tally.rows,
            "faults": tally.faults,
            "repaired": tally.repaired,
        })
    });
    json!({
        "type": "summary",
        "data": dir.display().to_string(),
        "version": report.version,
        "checked": checked.collect::<Vec<_>>(),
        "faults": report.faults(),
        "repaired": report.repaired(),
    })
}

fn report_text(dir: &Path, report: &Report, repair: bool) -> String {
    let mut text = format!(
        "checked {} (schema version {})\n",
        dir.display(),
        report.version
    );
    for (area, tally) in &report.checked {
        let Tally { rows, faults, .. } = tally;
        let verdict = match (faults, tally.repaired) {
            (0, _) => "ok".to_owned(),
            (faults, 0) => format!("{faults} faults"),
            (faults, repaired) => format!("{faults} faults, {repaired} repaired"),
        };
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {:<16}{rows:>14}  {verdict}", area.name());
    }
    if report.checked.len() < Area::ALL.len() {
        text.push_str("the file is damaged: nothing else was checked; restore a backup\n");
        return text;
    }
    let _ = match (report.faults(), report.repaired()) {
        (0, _) => writeln!(text, "no faults"),
        (faults, 0) if !repair => writeln!(
            text,
            "{faults} faults; `pandaprobe doctor --repair` counts totals and indexes anew"
        ),
        (faults, repaired) => writeln!(text, "{faults} faults, {repaired} repaired"),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(faults: u64, repaired: u64) -> Report {
        let tally = |area: &Area| {
            let tally = match area {
                Area::Users => Tally {
                    rows: 7,
                    faults,
                    repaired,
                },
                _ => Tally::default(),
            };
            (*area, tally)
        };
        Report {
            version: 3,
            checked: Area::ALL.iter().map(tally).collect(),
        }
    }

    #[test]
    fn the_last_line_says_how_it_is() {
        let last = |faults, repaired, repair| {
            let text = report_text(Path::new("/data"), &report(faults, repaired), repair);
            text.lines().last().unwrap().to_owned()
        };
        assert_eq!(last(0, 0, false), "no faults");
        assert!(last(2, 0, false).starts_with("2 faults; `pandaprobe doctor --repair`"));
        assert_eq!(last(2, 0, true), "2 faults, 0 repaired");
        assert_eq!(last(2, 2, true), "2 faults, 2 repaired");
    }

    #[test]
    fn a_damaged_file_is_no_clean_bill() {
        let damaged = Report {
            version: 3,
            checked: vec![(
                Area::File,
                Tally {
                    rows: 5,
                    faults: 1,
                    repaired: 0,
                },
            )],
        };
        let text = report_text(Path::new("/data"), &damaged, false);
        assert!(text.contains("nothing else was checked"), "{text}");
    }
}
