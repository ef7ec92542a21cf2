//! Spans as OTLP wants them: `ExportTraceServiceRequest` in protobuf, the dozen fields of it that we send. Written by
//! hand, since the crates that know all of it would be heavier than everything else that watches the shop.

/// One thing that was done, from when to when, and what it was part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub trace: [u8; 16],
    pub id: [u8; 8],
    pub parent: Option<[u8; 8]>,
    pub name: String,
    pub kind: Kind,
    /// Nanoseconds since 1970-01-01 UTC.
    pub began_ns: u64,
    pub ended_ns: u64,
    pub attributes: Vec<(&'static str, Value)>,
    pub has_failed: bool,
}

/// Which side of which conversation a span is, by OTLP's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Internal = 1,
    Server = 2,
    Client = 3,
    Consumer = 5,
}

/// An attribute's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Number(i64),
}

/// The message that carries `spans` of the process that `resource` describes.
pub fn request(resource: &[(&'static str, Value)], spans: &[Span]) -> Vec<u8> {
    message(1, |resource_spans| {
        resource_spans.extend(message(1, |out| attributes(out, 1, resource)));
        resource_spans.extend(message(2, |scope_spans| {
            scope_spans.extend(message(1, |scope| text(scope, 1, "mercer")));
            for span in spans {
                scope_spans.extend(message(2, |out| put_span(out, span)));
            }
        }));
    })
}

fn put_span(out: &mut Vec<u8>, span: &Span) {
    bytes(out, 1, &span.trace);
    bytes(out, 2, &span.id);
    if let Some(parent) = &span.parent {
        bytes(out, 4, parent);
    }
    text(out, 5, &span.name);
    number(out, 6, span.kind as u64);
    fixed(out, 7, span.began_ns);
    fixed(out, 8, span.ended_ns);
    attributes(out, 9, &span.attributes);
    if span.has_failed {
        out.extend(message(15, |status| number(status, 3, 2)));
    }
}

fn attributes(out: &mut Vec<u8>, field: u64, pairs: &[(&'static str, Value)]) {
    for (name, value) in pairs {
        out.extend(message(field, |pair| {
            text(pair, 1, name);
            pair.extend(message(2, |any| match value {
                Value::Text(value) => text(any, 1, value),
                // Two's complement in 64 bits, as protobuf has its int64.
                Value::Number(value) => number(any, 3, value.cast_unsigned()),
            }));
        }));
    }
}

/// A message in a message, as `field`.
fn message(field: u64, fill: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut inner = Vec::new();
    fill(&mut inner);
    let mut out = Vec::with_capacity(inner.len() + 4);
    bytes(&mut out, field, &inner);
    out
}

fn text(out: &mut Vec<u8>, field: u64, value: &str) {
    bytes(out, field, value.as_bytes());
}

fn bytes(out: &mut Vec<u8>, field: u64, value: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

fn number(out: &mut Vec<u8>, field: u64, value: u64) {
    varint(out, field << 3);
    varint(out, value);
}

fn fixed(out: &mut Vec<u8>, field: u64, value: u64) {
    varint(out, field << 3 | 1);
    out.extend_from_slice(&value.to_le_bytes());
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_protobuf_has_them() {
        let mut out = Vec::new();
        number(&mut out, 1, 150);
        assert_eq!(out, [0x08, 0x96, 0x01], "the example of protobuf's own documentation");
        let mut out = Vec::new();
        attributes(&mut out, 9, &[("n", Value::Number(-1))]);
        let minus_one = [0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(out, [&[0x4a, 16, 0x0a, 1, b'n', 0x12, 11][..], &minus_one].concat());
    }

    #[test]
    fn a_span_is_written_field_by_field() {
        let span = Span {
            trace: [1; 16],
            id: [2; 8],
            parent: Some([3; 8]),
            name: "GET /".to_owned(),
            kind: Kind::Server,
            began_ns: 1,
            ended_ns: 258,
            attributes: Vec::new(),
            has_failed: true,
        };
        let mut out = Vec::new();
        put_span(&mut out, &span);
        let wants = [
            &[0x0a, 16][..],
            &[1; 16],
            &[0x12, 8],
            &[2; 8],
            &[0x22, 8],
            &[3; 8],
            &[0x2a, 5],
            b"GET /",
            &[0x30, 2],
            &[0x39, 1, 0, 0, 0, 0, 0, 0, 0],
            &[0x41, 2, 1, 0, 0, 0, 0, 0, 0],
            &[0x7a, 2, 0x18, 2],
        ];
        assert_eq!(out, wants.concat());
    }
}
