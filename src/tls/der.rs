//! What we must know of a certificate beyond what rustls tells: how long it is valid, and by which name its authority
//! knows it (RFC 5280, RFC 9773). A reader of DER for these few fields, in place of a parser of all of X.509.

use time::{Date, Month, PrimitiveDateTime, Time};

/// The facts of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Milliseconds since 1970 UTC, both.
    pub not_before_ms: i64,
    pub not_after_ms: i64,
    /// The bytes of its serial number.
    pub serial: Vec<u8>,
    /// The identifier of its authority's key, if it has one.
    pub authority_key: Option<Vec<u8>>,
}

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// `[0]` around the version; it is left out by certificates of version 1.
const VERSION: u8 = 0xa0;
/// `[3]` around the extensions.
const EXTENSIONS: u8 = 0xa3;
/// `[0] keyIdentifier` of an authority key identifier.
const KEY_IDENTIFIER: u8 = 0x80;
/// 2.5.29.35
const AUTHORITY_KEY_IDENTIFIER: [u8; 3] = [0x55, 0x1d, 0x23];

impl Facts {
    /// Reads them from the certificate's DER; `None` if it is none.
    pub fn read(certificate: &[u8]) -> Option<Facts> {
        let whole = Reader(certificate).expect(SEQUENCE)?;
        let mut fields = Reader(Reader(whole).expect(SEQUENCE)?);
        fields.skip_if(VERSION)?;
        let serial = fields.expect(INTEGER)?.to_vec();
        // The algorithm of the signature, the issuer.
        fields.expect(SEQUENCE)?;
        fields.expect(SEQUENCE)?;
        let mut validity = Reader(fields.expect(SEQUENCE)?);
        Some(Facts {
            not_before_ms: moment(validity.next()?)?,
            not_after_ms: moment(validity.next()?)?,
            serial,
            authority_key: authority_key(fields),
        })
    }
}

/// The key identifier among what is left of a certificate's fields.
fn authority_key(mut fields: Reader<'_>) -> Option<Vec<u8>> {
    let extensions = loop {
        if let (EXTENSIONS, content) = fields.next()? {
            break content;
        }
    };
    let mut extensions = Reader(Reader(extensions).expect(SEQUENCE)?);
    loop {
        let mut extension = Reader(extensions.expect(SEQUENCE)?);
        if extension.expect(OBJECT_IDENTIFIER)? != AUTHORITY_KEY_IDENTIFIER {
            continue;
        }
        // "critical" may stand before the value.
        let value = loop {
            if let (OCTET_STRING, value) = extension.next()? {
                break value;
            }
        };
        return Reader(Reader(value).expect(SEQUENCE)?).expect(KEY_IDENTIFIER).map(<[u8]>::to_vec);
    }
}

/// `YYMMDDhhmmssZ` or `YYYYMMDDhhmmssZ`, the two forms that certificates have.
fn moment((tag, content): (u8, &[u8])) -> Option<i64> {
    let text = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let (year, rest) = match tag {
        UTC_TIME if text.len() == 12 && is_digits => {
            let year: i32 = text[..2].parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, &text[2..])
        }
        GENERALIZED_TIME if text.len() == 14 && is_digits => (text[..4].parse().ok()?, &text[4..]),
        _ => return None,
    };
    let part = |at: usize| rest[at..at + 2].parse::<u8>().ok();
    let date = Date::from_calendar_date(year, Month::try_from(part(0)?).ok()?, part(2)?).ok()?;
    let time = Time::from_hms(part(4)?, part(6)?, part(8)?).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp() * 1_000)
}

/// What is left of some DER.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The next element's tag and content.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let length = if first < 0x80 {
            usize::from(first)
        } else {
            let count = usize::from(first & 0x7f);
            // Longer than 16 MiB, or without a length: no certificate.
            if count == 0 || count > 3 || rest.len() < count {
                return None;
            }
            let (bytes, after) = rest.split_at(count);
            rest = after;
            bytes.iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte))
        };
        let (content, after) = rest.split_at_checked(length)?;
        self.0 = after;
        Some((tag, content))
    }

    /// The content of the next element, which must have this tag.
    fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }

    fn skip_if(&mut self, tag: u8) -> Option<()> {
        if self.0.first() == Some(&tag) {
            self.next()?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(not_after: time::OffsetDateTime) -> Vec<u8> {
        let mut root = rcgen::CertificateParams::new(Vec::new()).unwrap();
        root.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let issuer = rcgen::CertifiedIssuer::self_signed(root, rcgen::KeyPair::generate().unwrap()).unwrap();
        let mut params = rcgen::CertificateParams::new(vec!["shop.example".to_owned()]).unwrap();
        params.not_before = time::macros::datetime!(2026-11-01 00:00:00 UTC);
        params.not_after = not_after;
        params.serial_number = Some(vec![0x11, 0x22, 0x33].into());
        params.use_authority_key_identifier_extension = true;
        let key = rcgen::KeyPair::generate().unwrap();
        params.signed_by(&key, &issuer).unwrap().der().to_vec()
    }

    #[test]
    fn the_facts_of_a_certificate_are_read() {
        for (not_after, ms) in [
            (time::macros::datetime!(2027-01-30 12:34:56 UTC), 1_801_312_496_000),
            // From 2050 on years have four digits.
            (time::macros::datetime!(2051-01-01 00:00:00 UTC), 2_556_144_000_000),
        ] {
            let facts = Facts::read(&certificate(not_after)).unwrap();
            assert_eq!(facts.not_before_ms, 1_793_491_200_000);
            assert_eq!(facts.not_after_ms, ms);
            assert_eq!(facts.serial, [0x11, 0x22, 0x33]);
            assert_eq!(facts.authority_key.unwrap().len(), 20);
        }
    }

    #[test]
    fn what_is_no_certificate_is_none() {
        let whole = certificate(time::macros::datetime!(2027-01-30 12:34:56 UTC));
        assert_eq!(Facts::read(b""), None);
        assert_eq!(Facts::read(b"hello"), None);
        for length in 0..whole.len() {
            // Cut off anywhere, and with any byte changed, it may be read or not; it never panics.
            assert_eq!(Facts::read(&whole[..length]), None);
            let mut changed = whole.clone();
            changed[length] ^= 0xff;
            drop(Facts::read(&changed));
        }
    }
}
