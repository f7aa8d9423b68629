//! `wenbao table`: an indicator laid out by places or years.

use wenbao_answer::TableRequest;
use wenbao_report::Status;

use super::Desk;
use crate::args::{Args, Given, Table};
use crate::{Outcome, sheet};

pub(super) fn run(args: &Args, table: &Table) -> anyhow::Result<Outcome> {
    sheet::may_go_to_stdout(table.format)?;
    let request = TableRequest {
        indicator: table.indicator.clone(),
        regions: table.regions.clone(),
        years: table.years,
        status: table.status.map(|given| match given {
            Given::Target => Status::Target,
            Given::Actual => Status::Actual,
        }),
    };
    let answer = Desk::open(args, args.threads)?.answerer.table(&request)?;
    super::ask::print(&answer, table.format, false)?;
    Ok(if answer.abstained { Outcome::NoAnswer } else { Outcome::Done })
}
