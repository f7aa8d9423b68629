//! Times for human eyes.

use wenbao_report::{Period, Status};

/// "2025 target", "2016–2020 actual".
pub(crate) fn when(period: Option<&Period>, status: Option<Status>) -> String {
    let period = period.map(|period| match (period.from, period.to) {
        (Some(from), Some(to)) if from == to => from.to_string(),
        (from, to) => {
            let end =
                |moment: Option<wenbao_report::Moment>| moment.map(|moment| moment.to_string()).unwrap_or_default();
            format!("{}–{}", end(from), end(to))
        }
    });
    let status = status.map(|status| match status {
        Status::Actual => "actual",
        Status::Estimated => "estimated",
        Status::Target => "target",
    });
    [period.as_deref(), status].into_iter().flatten().collect::<Vec<_>>().join(" ")
}
