//! Turns the program's spans, and sqlx's word about each statement, into spans of a trace.

use std::fmt;
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::export::Export;
use super::otlp::{Kind, Span, Value};
use crate::clock::Clock;
use crate::random::Random;

/// The target of the spans that belong to traces and to no log.
pub const TARGET: &str = "mercer::spans";
/// What a span is called once it is known; else its name in the program.
const NAME: &str = "otel.name";
/// Of the caller: the trace that this is part of.
const CALLER: &str = "traceparent";
const STATUS: &str = "http.response.status_code";

/// Whether the traces' layer wants to hear of it at all.
pub fn is_wanted(metadata: &Metadata<'_>) -> bool {
    metadata.target() == TARGET || is_statement(metadata.target())
}

/// Where sqlx says what it did: the first words of a statement, never its values.
fn is_statement(target: &str) -> bool {
    target.strip_prefix("sqlx::") == Some("query")
}

/// See the module.
pub struct Spans {
    pub export: Export,
    pub clock: Clock,
    pub random: Random,
    /// The part of the traces that begin here, from 0 to 1.
    pub sampled: f64,
}

/// A span that has begun.
struct Open {
    span: Span,
    origin: Origin,
    is_sampled: bool,
}

/// When a trace began here by both clocks: one alone knows the date, the other alone goes steadily.
#[derive(Clone, Copy)]
struct Origin {
    unix_ns: u64,
    at: Instant,
}

impl Origin {
    fn now_ns(&self) -> u64 {
        self.unix_ns.saturating_add(u64::try_from(self.at.elapsed().as_nanos()).unwrap_or(0))
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        let mut said = Said::default();
        attributes.record(&mut said);
        let parent = span.parent();
        let open = match parent.as_ref().and_then(|p| p.extensions().get::<Open>().map(Open::child)) {
            Some(child) => self.begin(child, attributes.metadata().name(), said),
            None => self.begin(self.root(said.caller.as_deref()), attributes.metadata().name(), said),
        };
        span.extensions_mut().insert(open);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        let mut said = Said::default();
        values.record(&mut said);
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            open.take(said);
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        // What the program asks for its own sake belongs to no trace.
        let Some(parent) = ctx.event_span(event) else { return };
        let Some(child) = parent.extensions().get::<Open>().filter(|o| o.is_sampled).map(Open::child) else {
            return;
        };
        let mut said = Said::default();
        event.record(&mut said);
        let elapsed = said.elapsed;
        let mut open = self.begin(child, "SQL", said);
        open.span.kind = Kind::Client;
        open.span.ended_ns = open.span.began_ns;
        open.span.began_ns -= u64::try_from(elapsed.as_nanos()).unwrap_or(0).min(open.span.began_ns);
        self.export.send(open.span);
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(&id) else { return };
        if let Some(mut open) = span.extensions_mut().remove::<Open>()
            && open.is_sampled
        {
            open.span.ended_ns = open.origin.now_ns();
            self.export.send(open.span);
        }
    }
}

/// What a span is part of.
struct Part {
    trace: [u8; 16],
    parent: Option<[u8; 8]>,
    origin: Origin,
    is_sampled: bool,
}

impl Spans {
    /// The beginning of our part of a trace: the caller's, if it named one, else a new one.
    fn root(&self, caller: Option<&str>) -> Part {
        let unix_ns = u64::try_from(self.clock.now_ms()).unwrap_or(0) * 1_000_000;
        let origin = Origin { unix_ns, at: Instant::now() };
        if let Some((trace, parent, is_sampled)) = caller.and_then(read_traceparent) {
            return Part { trace, parent: Some(parent), origin, is_sampled };
        }
        let mut trace = [0; 16];
        self.random.fill(&mut trace);
        let chance = self.random.below(1 << 32) as f64 / (1_u64 << 32) as f64;
        Part { trace, parent: None, origin, is_sampled: chance < self.sampled }
    }

    fn begin(&self, part: Part, name: &str, said: Said) -> Open {
        let mut id = [0; 8];
        self.random.fill(&mut id);
        let kind = match name {
            "request" => Kind::Server,
            "job" => Kind::Consumer,
            _ => Kind::Internal,
        };
        let now_ns = part.origin.now_ns();
        let span = Span {
            trace: part.trace,
            id,
            parent: part.parent,
            name: name.to_owned(),
            kind,
            began_ns: now_ns,
            ended_ns: now_ns,
            attributes: Vec::new(),
            has_failed: false,
        };
        let mut open = Open { span, origin: part.origin, is_sampled: part.is_sampled };
        open.take(said);
        open
    }
}

impl Open {
    fn child(&self) -> Part {
        let (trace, parent) = (self.span.trace, Some(self.span.id));
        Part { trace, parent, origin: self.origin, is_sampled: self.is_sampled }
    }

    fn take(&mut self, said: Said) {
        if let Some(name) = said.name {
            self.span.name = name;
        }
        self.span.has_failed |= said.has_failed;
        self.span.attributes.extend(said.attributes);
    }
}

/// What the fields of a span or an event say.
#[derive(Default)]
struct Said {
    name: Option<String>,
    caller: Option<String>,
    attributes: Vec<(&'static str, Value)>,
    elapsed: Duration,
    has_failed: bool,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            NAME => self.name = Some(value.to_owned()),
            CALLER => self.caller = Some(value.to_owned()),
            "summary" => self.name = Some(value.trim_end_matches(" …").to_owned()),
            "db.statement" => {}
            name => self.attributes.push((name, Value::Text(value.to_owned()))),
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.record_i64(field, i64::try_from(value).unwrap_or(i64::MAX));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.has_failed |= field.name() == STATUS && value >= 500;
        self.attributes.push((field.name(), Value::Number(value)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.has_failed |= field.name() == "error" && value;
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "elapsed_secs" {
            self.elapsed = Duration::try_from_secs_f64(value).unwrap_or_default();
        }
    }

    /// Nothing of ours is said that way, and what others say might be anything.
    fn record_debug(&mut self, _field: &Field, _value: &dyn fmt::Debug) {}
}

/// W3C's header: `00-<trace>-<parent>-<flags>`, in hexadecimal. A later version may have more behind it.
fn read_traceparent(text: &str) -> Option<([u8; 16], [u8; 8], bool)> {
    let mut parts = text.trim().split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_lower = text.bytes().all(|b| !b.is_ascii_uppercase());
    let is_known = version == "00" && parts.next().is_none();
    let is_later = version.len() == 2 && version != "00" && version != "ff";
    if !is_lower || !(is_known || is_later) || flags.len() != 2 {
        return None;
    }
    let (mut trace_id, mut parent_id, mut flag) = ([0; 16], [0; 8], [0; 1]);
    hex::decode_to_slice(trace, &mut trace_id).ok()?;
    hex::decode_to_slice(parent, &mut parent_id).ok()?;
    hex::decode_to_slice(flags, &mut flag).ok()?;
    let is_real = trace_id != [0; 16] && parent_id != [0; 8];
    is_real.then_some((trace_id, parent_id, flag[0] & 1 == 1))
}

#[cfg(test)]
mod tests {
    use super::read_traceparent;

    #[test]
    fn a_callers_trace_is_read_as_the_standard_has_it() {
        const TRACE: &str = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";
        for (flags, is_sampled) in [("01", true), ("00", false), ("03", true)] {
            let read = read_traceparent(&format!("00-{TRACE}-{flags}")).unwrap();
            assert_eq!((hex::encode(read.0), hex::encode(read.1)), {
                let (trace, parent) = TRACE.split_once('-').unwrap();
                (trace.to_owned(), parent.to_owned())
            });
            assert_eq!(read.2, is_sampled, "{flags}");
        }
        assert!(read_traceparent(&format!("01-{TRACE}-01-more")).is_some(), "a later version");
        for wrong in [
            "",
            "00",
            &format!("ff-{TRACE}-01"),
            &format!("00-{TRACE}-01-more"),
            &format!("00-{TRACE}-1"),
            &format!("00-{}-01", TRACE.to_uppercase()),
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b71692033-01",
        ] {
            assert_eq!(read_traceparent(wrong), None, "{wrong}");
        }
    }
}
