//! Turns a question into an exact answer with citations, or says that the reports do not know.
//!
//! [`Answerer::ask`] reads the question ([`interpret`]), finds the sentences that speak of it, takes the exact value
//! or name out of the best one, and proves it with a verbatim quote. What it gives is an [`Answer`], the JSON contract of
//! the command and the server.
#![forbid(unsafe_code)]

mod answerer;
mod candidate;
mod cell;
mod combine;
mod compose;
mod compute;
mod confidence;
mod counts;
mod error;
mod evidence;
mod examples;
mod explain;
mod extract;
mod features;
mod found;
mod grams;
mod head;
pub mod interpret;
pub mod language;
mod many;
mod model;
mod open;
pub mod phrases;
mod projection;
pub mod sheet;
mod thesaurus;
mod time;
#[doc(hidden)]
pub mod tuning;
mod units;
mod values;
mod view;
mod views;
mod weights;
mod window;

pub use answerer::Answerer;
pub use error::Error;
pub use features::Linear;
pub use interpret::Clock;
pub use model::*;
pub use weights::{Judgement, Weights};
pub use window::Reads;
