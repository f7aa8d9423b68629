//! The log: on standard error, as text for people or as a JSON object a line for programs.
//!
//! Warnings by default, more with `-v` or `$RUST_LOG`. A server has a line a request where its form is named, and questions only
//! where somebody asked for them.

use std::io::{self, IsTerminal};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::filter::{Directive, EnvFilter};
use tracing_subscriber::fmt::format::{self, Writer};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;
use wenbao_lang::fold::shown;
use wenbao_server::{QUESTIONS, REQUESTS};

use crate::args::{Args, Command, LogFormat};
use crate::output;

/// Begins the log, once a process.
pub(crate) fn begin(args: &Args) {
    let default = match args.verbose {
        // A connection that a database has closed is made anew, or its loss is an error that says more.
        0 => "warn,tantivy=error,deadpool=error",
        // The library of the Model Context Protocol quotes what it is sent, questions too.
        1 => "info,tantivy=warn,rmcp=warn",
        _ => "debug,rmcp=warn",
    };
    let mut filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let mut form = LogFormat::Text;
    if let Command::Serve(serve) = &args.command {
        form = serve.log_format.unwrap_or(form);
        // A flag counts before a variable, also before $RUST_LOG.
        for (wanted, target) in [(serve.log_format.is_some(), REQUESTS), (serve.log_questions, QUESTIONS)] {
            if let Some(directive) = wanted.then(|| info(target)).flatten() {
                filter = filter.add_directive(directive);
            }
        }
    }
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match form {
        LogFormat::Json => log.event_format(Json).init(),
        LogFormat::Text => {
            // What a message quotes from outside must not steer the terminal that shows the log.
            let fields = format::debug_fn(|out, field, value| match field.name() {
                "message" => write!(out, "{}", shown(&format!("{value:?}"))),
                name => write!(out, "{name}={}", shown(&format!("{value:?}"))),
            });
            let fields = fields.delimited(" ");
            log.fmt_fields(fields).with_ansi(io::stderr().is_terminal()).with_target(false).init();
        }
    }
}

/// Lets lines of a target pass that are at least as important as a request's.
fn info(target: &str) -> Option<Directive> {
    format!("{target}={}", LevelFilter::INFO).parse().ok()
}

/// A JSON object a line: `{"time", "level", "message", …}`, the event's own fields behind these three. The time is in UTC.
struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> std::fmt::Result {
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        let level = event.metadata().level().as_str().to_ascii_lowercase();
        let message = fields.0.remove("message").unwrap_or_default();
        // Three fields that every line has, in the same order, so that the log can be read by people as well.
        let head = [("time", Value::from(time)), ("level", level.into()), ("message", message)];
        let line = head.into_iter().chain(fields.0.iter().map(|(name, value)| (name.as_str(), value.clone())));
        let line = output::to_json(&Line(line.collect())).map_err(|_| std::fmt::Error)?;
        writeln!(out, "{line}")
    }
}

/// An object whose fields stay in their order.
struct Line<'a>(Vec<(&'a str, Value)>);

impl serde::Serialize for Line<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The fields of an event, numbers as numbers.
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// What is logged, kept.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_is_one_object_that_steers_no_terminal() {
        let kept = Kept::default();
        let writer = kept.clone();
        let log = tracing_subscriber::fmt().event_format(Json).with_writer(move || writer.clone());
        tracing::subscriber::with_default(log.finish(), || {
            tracing::warn!(
                status = 200_u16,
                seconds = 0.5,
                id = "a\u{1b}[1m\u{202e}\n",
                none = None::<&str>,
                "re{}",
                "quest"
            );
        });
        let line = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert!(line.starts_with("{\"time\":\"2") && line.ends_with("}\n") && line.lines().count() == 1, "{line:?}");
        assert!(!line.trim_end().contains(wenbao_lang::fold::steers), "{line:?}");
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&read["level"], &read["message"], &read["status"], &read["seconds"], &read["id"]),
            (&"warn".into(), &"request".into(), &200.into(), &0.5.into(), &"a\u{1b}[1m\u{202e}\n".into())
        );
        assert!(read.get("none").is_none(), "{line}");
    }
}
