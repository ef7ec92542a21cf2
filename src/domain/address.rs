//! Postal addresses: which fields a country wants and how its postcodes look.

use super::country::is_country;

/// The longest value of any field.
pub const FIELD_CHARS_MAX: usize = 100;

/// An address as typed and cleaned. Fields that a country does not use are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    pub name: String,
    pub company: String,
    pub line1: String,
    pub line2: String,
    pub postcode: String,
    pub city: String,
    pub region: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    pub phone: String,
}

/// What is wrong with a field; the reason is a text key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressFault {
    pub field: &'static str,
    pub reason: &'static str,
}

/// How a form asks for an address of one country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressFields {
    /// Text key of the postcode's label: an Irish one is an Eircode.
    pub postcode_label: &'static str,
    /// `N` a digit, `A` a letter, `X` either, the rest as is; empty: not known, anything goes.
    pub postcode_pattern: &'static str,
    pub postcode_required: bool,
    /// The keyboard with digits suffices.
    pub postcode_numeric: bool,
    pub region: Region,
}

/// Whether an address needs a province, state or county.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    Unused,
    Optional,
    Required,
}

/// Postcode patterns. Countries that are missing take any postcode, or none.
const POSTCODES: [(&str, &str); 36] = [
    ("AT", "NNNN"),
    ("AU", "NNNN"),
    ("BE", "NNNN"),
    ("BG", "NNNN"),
    ("CA", "ANA NAN"),
    ("CH", "NNNN"),
    ("CY", "NNNN"),
    ("CZ", "NNN NN"),
    ("DE", "NNNNN"),
    ("DK", "NNNN"),
    ("EE", "NNNNN"),
    ("ES", "NNNNN"),
    ("FI", "NNNNN"),
    ("FR", "NNNNN"),
    ("GR", "NNN NN"),
    ("HR", "NNNNN"),
    ("HU", "NNNN"),
    ("IE", "ANX XXXX"),
    ("IS", "NNN"),
    ("IT", "NNNNN"),
    ("JP", "NNN-NNNN"),
    ("LI", "NNNN"),
    ("LT", "NNNNN"),
    ("LU", "NNNN"),
    ("LV", "NNNN"),
    ("MC", "NNNNN"),
    ("MT", "AAA NNNN"),
    ("NL", "NNNN AA"),
    ("NO", "NNNN"),
    ("PL", "NN-NNN"),
    ("PT", "NNNN-NNN"),
    ("RO", "NNNNNN"),
    ("SE", "NNN NN"),
    ("SI", "NNNN"),
    ("SK", "NNN NN"),
    ("US", "NNNNN"),
];

/// The fields of a country's addresses.
pub fn fields(country: &str) -> AddressFields {
    let pattern = POSTCODES.iter().find(|(code, _)| *code == country).map_or("", |(_, pattern)| pattern);
    AddressFields {
        postcode_label: match country {
            "IE" => "address.eircode",
            "US" => "address.zip",
            _ => "address.postcode",
        },
        postcode_pattern: pattern,
        postcode_required: !pattern.is_empty(),
        postcode_numeric: !pattern.is_empty() && pattern.chars().all(|c| c == 'N'),
        region: match country {
            "IT" | "US" | "CA" | "AU" | "JP" => Region::Required,
            "ES" | "IE" | "RO" => Region::Optional,
            _ => Region::Unused,
        },
    }
}

/// A postcode in its country's form ("1010 ab" in NL becomes "1010 AB", "D-10119" in DE becomes "10119"), or `None`
/// if it can't be one.
pub fn normal_postcode(country: &str, typed: &str) -> Option<String> {
    let pattern = fields(country).postcode_pattern;
    let upper = typed.trim().to_uppercase();
    if pattern.is_empty() {
        return Some(upper);
    }
    let without_country = strip_country(country, &upper);
    let mut given = without_country.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}'));
    let mut normal = String::new();
    for place in pattern.chars() {
        if matches!(place, ' ' | '-') {
            normal.push(place);
            continue;
        }
        let c = given.next()?;
        let fits = match place {
            'N' => c.is_ascii_digit(),
            'A' => c.is_ascii_uppercase(),
            _ => c.is_ascii_digit() || c.is_ascii_uppercase(),
        };
        if !fits {
            return None;
        }
        normal.push(c);
    }
    // An American code may carry four more digits.
    let rest: String = given.collect();
    match rest.len() {
        0 => Some(normal),
        4 if country == "US" && rest.bytes().all(|b| b.is_ascii_digit()) => Some(format!("{normal}-{rest}")),
        _ => None,
    }
}

impl Address {
    /// Trims every field, folds inner white space, brings the postcode into its country's form and empties what the
    /// country does not use. A postcode that does not fit stays as typed, for the form to show.
    pub fn cleaned(mut self) -> Address {
        for field in [
            &mut self.name,
            &mut self.company,
            &mut self.line1,
            &mut self.line2,
            &mut self.postcode,
            &mut self.city,
            &mut self.region,
            &mut self.country,
            &mut self.phone,
        ] {
            *field = field.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        self.country = self.country.to_ascii_uppercase();
        if let Some(postcode) = normal_postcode(&self.country, &self.postcode) {
            self.postcode = postcode;
        }
        if fields(&self.country).region == Region::Unused {
            self.region.clear();
        }
        self
    }

    /// What is wrong with a cleaned address; `countries` are those that the shop delivers to.
    pub fn faults(&self, countries: &[String]) -> Vec<AddressFault> {
        let mut faults = Vec::new();
        let mut add = |field, reason| faults.push(AddressFault { field, reason });
        for (field, value, required) in [
            ("name", &self.name, "address.name.required"),
            ("line1", &self.line1, "address.line1.required"),
            ("city", &self.city, "address.city.required"),
        ] {
            if value.is_empty() {
                add(field, required);
            }
        }
        if !is_country(&self.country) {
            add("country", "address.country.required");
        } else if !countries.contains(&self.country) {
            add("country", "address.country.not_delivered");
        }
        let wanted = fields(&self.country);
        if self.postcode.is_empty() {
            if wanted.postcode_required {
                add("postcode", "address.postcode.required");
            }
        } else if normal_postcode(&self.country, &self.postcode).is_none() {
            add("postcode", "address.postcode.invalid");
        }
        if wanted.region == Region::Required && self.region.is_empty() {
            add("region", "address.region.required");
        }
        if !self.phone.is_empty() && !is_phone(&self.phone) {
            add("phone", "address.phone.invalid");
        }
        faults.extend(self.field_faults());
        faults
    }

    /// The address as it is printed on a parcel, the country's code in front of the last line left to the caller.
    pub fn lines(&self) -> Vec<String> {
        let place = [self.postcode.as_str(), self.city.as_str(), self.region.as_str()];
        let place = place.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        [&self.name, &self.company, &self.line1, &self.line2, &place]
            .into_iter()
            .filter(|line| !line.is_empty())
            .cloned()
            .collect()
    }

    fn field_faults(&self) -> Vec<AddressFault> {
        let named = [
            ("name", &self.name),
            ("company", &self.company),
            ("line1", &self.line1),
            ("line2", &self.line2),
            ("postcode", &self.postcode),
            ("city", &self.city),
            ("region", &self.region),
            ("phone", &self.phone),
        ];
        let mut faults = Vec::new();
        for (field, value) in named {
            if value.chars().count() > FIELD_CHARS_MAX {
                faults.push(AddressFault { field, reason: "address.too_long" });
            } else if value.chars().any(char::is_control) {
                faults.push(AddressFault { field, reason: "address.characters" });
            }
        }
        faults
    }
}

/// "D-10119", "LV-1010": the country in front is known already.
fn strip_country<'a>(country: &str, postcode: &'a str) -> &'a str {
    let stripped = postcode.strip_prefix(country).or_else(|| match country {
        "DE" => postcode.strip_prefix('D'),
        "AT" => postcode.strip_prefix('A'),
        "FR" => postcode.strip_prefix('F'),
        "LU" => postcode.strip_prefix('L'),
        _ => None,
    });
    stripped.map_or(postcode, |rest| rest.trim_start_matches([' ', '-']))
}

/// Digits with what people put between them, at least five of them.
fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (5..=20).contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || " +-/().".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::EU_COUNTRIES;

    fn berlin() -> Address {
        Address {
            name: "Ada  Lovelace ".to_owned(),
            line1: "Linienstraße 40".to_owned(),
            postcode: "d-10119".to_owned(),
            city: "Berlin".to_owned(),
            region: "Berlin".to_owned(),
            country: "de".to_owned(),
            phone: "+49 (30) 555-1234".to_owned(),
            ..Address::default()
        }
    }

    fn faults(address: Address) -> Vec<(&'static str, &'static str)> {
        let countries = EU_COUNTRIES.map(str::to_owned);
        address.cleaned().faults(&countries).into_iter().map(|f| (f.field, f.reason)).collect()
    }

    #[test]
    fn a_typed_address_is_cleaned() {
        let address = berlin().cleaned();
        assert_eq!(address.lines(), ["Ada Lovelace", "Linienstraße 40", "10119 Berlin"]);
        assert_eq!(faults(berlin()), []);
    }

    #[test]
    fn each_fault_is_told_at_its_field() {
        assert_eq!(
            faults(Address::default()).into_iter().map(|(field, _)| field).collect::<Vec<_>>(),
            ["name", "line1", "city", "country"]
        );
        let bad = |change: fn(&mut Address)| {
            let mut address = berlin();
            change(&mut address);
            faults(address)
        };
        assert_eq!(bad(|a| a.postcode = "1011".to_owned()), [("postcode", "address.postcode.invalid")]);
        assert_eq!(bad(|a| a.postcode.clear()), [("postcode", "address.postcode.required")]);
        assert_eq!(bad(|a| a.country = "US".to_owned())[0], ("country", "address.country.not_delivered"));
        assert_eq!(bad(|a| a.phone = "call me".to_owned()), [("phone", "address.phone.invalid")]);
        assert_eq!(bad(|a| a.city = "x".repeat(101)), [("city", "address.too_long")]);
        assert_eq!(bad(|a| a.name = "A\0B".to_owned()), [("name", "address.characters")]);
        assert_eq!(
            bad(|a| (a.country, a.postcode, a.region) = ("IT".into(), "00184".into(), String::new())),
            [("region", "address.region.required")]
        );
    }

    #[test]
    fn postcodes_take_their_countrys_form() {
        for (country, typed, normal) in [
            ("NL", "1012ab", Some("1012 AB")),
            ("PL", "00950", Some("00-950")),
            ("PT", "1000 205", Some("1000-205")),
            ("IE", "d02x285", Some("D02 X285")),
            ("LV", "LV-1010", Some("1010")),
            ("MT", "VLT 1117", Some("VLT 1117")),
            ("LU", "L-1009", Some("1009")),
            ("US", "94105-1234", Some("94105-1234")),
            ("US", "94105-12", None),
            ("SE", "114 5", None),
            ("DE", "1O119", None),
            ("DE", "１０１１９", None),
            ("HK", "", Some("")),
        ] {
            assert_eq!(normal_postcode(country, typed).as_deref(), normal, "{country} {typed}");
        }
    }

    #[test]
    fn every_member_state_has_a_pattern() {
        for country in EU_COUNTRIES {
            assert!(fields(country).postcode_required, "{country}");
        }
        assert!(fields("DE").postcode_numeric && !fields("NL").postcode_numeric);
    }
}
