//! The address part of a form: which fields a country wants, with labels, keyboards and what browsers fill in.

use std::collections::BTreeMap;

use super::form::{Choice, Field, FormState};
use super::layout::Layout;
use crate::domain::address::{Address, FIELD_CHARS_MAX, Region, fields};
use crate::domain::country;
use crate::texts::Texts;

/// What a form sent, by field.
pub type Typed = BTreeMap<String, String>;

/// The nine fields of an address under their names in one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    name: &'static str,
    company: &'static str,
    line1: &'static str,
    line2: &'static str,
    postcode: &'static str,
    city: &'static str,
    region: &'static str,
    country: &'static str,
    phone: &'static str,
    /// Goes before the browser's `autocomplete` words.
    section: &'static str,
}

/// Where parcels go.
pub const SHIPPING: Names = Names {
    name: "name",
    company: "company",
    line1: "line1",
    line2: "line2",
    postcode: "postcode",
    city: "city",
    region: "region",
    country: "country",
    phone: "phone",
    section: "shipping",
};

/// Where the bill goes.
pub const BILLING: Names = Names {
    name: "billing_name",
    company: "billing_company",
    line1: "billing_line1",
    line2: "billing_line2",
    postcode: "billing_postcode",
    city: "billing_city",
    region: "billing_region",
    country: "billing_country",
    phone: "billing_phone",
    section: "billing",
};

impl Names {
    /// The address that was typed.
    pub fn read(&self, typed: &Typed) -> Address {
        let text = |name: &str| typed.get(name).cloned().unwrap_or_default();
        Address {
            name: text(self.name),
            company: text(self.company),
            line1: text(self.line1),
            line2: text(self.line2),
            postcode: text(self.postcode),
            city: text(self.city),
            region: text(self.region),
            country: text(self.country),
            phone: text(self.phone),
        }
    }

    /// Puts an address into the form.
    pub fn fill(&self, form: &mut FormState, address: &Address) {
        form.set(self.name, &address.name);
        form.set(self.company, &address.company);
        form.set(self.line1, &address.line1);
        form.set(self.line2, &address.line2);
        form.set(self.postcode, &address.postcode);
        form.set(self.city, &address.city);
        form.set(self.region, &address.region);
        form.set(self.country, &address.country);
        form.set(self.phone, &address.phone);
    }

    /// Whether this is one of the form's address fields.
    pub fn has(&self, field: &str) -> bool {
        let own = [
            self.name,
            self.company,
            self.line1,
            self.line2,
            self.postcode,
            self.city,
            self.region,
            self.country,
            self.phone,
        ];
        own.contains(&field)
    }

    /// The fields for the country that the form holds, in the order in which people write an address.
    pub fn fields<'a>(&self, l: &'a Layout, form: &'a FormState, countries: &'a [Choice]) -> Vec<Field<'a>> {
        let wanted = fields(form.value(self.country));
        let text = |name: &'static str, label: &'static str| {
            form.field(l, name, l.t(label)).length_max(FIELD_CHARS_MAX)
        };
        let auto = |word: &'static str| autocomplete(self.section, word);
        let postcode = text(self.postcode, wanted.postcode_label)
            .autocomplete(auto("postal-code"))
            .mode(if wanted.postcode_numeric { "numeric" } else { "" });
        let mut all = vec![
            form.field(l, self.country, l.t("address.country"))
                .choices(countries)
                .autocomplete(auto("country"))
                .required()
                .submits(),
            text(self.name, "address.name").autocomplete(auto("name")).required(),
            text(self.company, "address.company").autocomplete(auto("organization")),
            text(self.line1, "address.line1").autocomplete(auto("address-line1")).required(),
            text(self.line2, "address.line2").autocomplete(auto("address-line2")),
            if wanted.postcode_required { postcode.required() } else { postcode },
            text(self.city, "address.city").autocomplete(auto("address-level2")).required(),
        ];
        let region = text(self.region, "address.region").autocomplete(auto("address-level1"));
        match wanted.region {
            Region::Unused => {}
            Region::Optional => all.push(region),
            Region::Required => all.push(region.required()),
        }
        let phone = text(self.phone, "address.phone").kind("tel").mode("tel").autocomplete(auto("tel"));
        all.push(if self.section == "shipping" { phone.hint(l.t("address.phone_hint")) } else { phone });
        all
    }
}

/// "shipping postal-code": the words that browsers know, for both sections.
fn autocomplete(section: &str, word: &'static str) -> &'static str {
    const WORDS: [(&str, &str, &str); 9] = [
        ("name", "shipping name", "billing name"),
        ("organization", "shipping organization", "billing organization"),
        ("address-line1", "shipping address-line1", "billing address-line1"),
        ("address-line2", "shipping address-line2", "billing address-line2"),
        ("postal-code", "shipping postal-code", "billing postal-code"),
        ("address-level2", "shipping address-level2", "billing address-level2"),
        ("address-level1", "shipping address-level1", "billing address-level1"),
        ("country", "shipping country", "billing country"),
        ("tel", "shipping tel", "billing tel"),
    ];
    let row = WORDS.iter().find(|(plain, _, _)| *plain == word);
    row.map_or(word, |(_, shipping, billing)| if section == "billing" { billing } else { shipping })
}

/// The address in lines, its country's name last.
pub fn lines(texts: &Texts, address: &Address) -> Vec<String> {
    let mut lines = address.lines();
    lines.push(country_name(texts, &address.country));
    lines
}

/// A country's name, or its code when it has none.
pub fn country_name(texts: &Texts, code: &str) -> String {
    texts.find(&format!("country.{code}")).unwrap_or(code).to_owned()
}

/// The countries that the shop delivers to, by name.
pub fn delivery_countries(l: &Layout) -> Vec<Choice> {
    sorted(l, l.shop.countries.iter().map(String::as_str))
}

/// Every country that has a name: a bill may go where no parcel goes.
pub fn all_countries(l: &Layout) -> Vec<Choice> {
    let named = |code: &&str| l.texts.find(&format!("country.{code}")).is_some();
    let own = l.shop.countries.iter().map(String::as_str);
    let others = country::CODES.split_ascii_whitespace().filter(named);
    let mut codes: Vec<&str> = own.chain(others).collect();
    codes.sort_unstable();
    codes.dedup();
    sorted(l, codes.into_iter())
}

fn sorted<'a>(l: &Layout, codes: impl Iterator<Item = &'a str>) -> Vec<Choice> {
    let choice = |code: &str| Choice { value: code.to_owned(), label: country_name(l.texts, code) };
    let mut choices: Vec<Choice> = codes.map(choice).collect();
    choices.sort_by_cached_key(|c| deunicode::deunicode(&c.label));
    choices
}
