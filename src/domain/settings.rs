//! What a merchant sets once for the whole shop.

use super::zone::Zone;

/// The shop's own facts and looks; every page shows some of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopSettings {
    pub name: String,
    /// Language of the interface texts: "en" or "de".
    pub language: String,
    /// ISO 4217.
    pub currency: String,
    /// Name of the theme: `assets/themes/<theme>.css`.
    pub theme: String,
    pub tagline: String,
    /// The slim line above the header; empty: none.
    pub announcement: String,
    pub email: String,
    pub phone: String,
    /// Name and postal address, line by line.
    pub company: Vec<String>,
    pub bank: Bank,
    pub hero: Hero,
    /// "Why buy here": title and text.
    pub why: Vec<(String, String)>,
    /// ISO 3166-1 alpha-2 codes of the countries sold to; the first is the shop's own.
    pub countries: Vec<String>,
    /// Name in the IANA database, such as "Europe/Berlin"; empty: that of the shop's own country.
    pub time_zone: String,
}

impl ShopSettings {
    /// Where the shop's clocks stand; UTC if nothing tells.
    pub fn zone(&self) -> Zone {
        Zone::parse(&self.time_zone)
            .unwrap_or_else(|| Zone::of_country(self.countries.first().map_or("", String::as_str)))
    }
}

/// The account that bank transfers go to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bank {
    pub holder: String,
    pub iban: String,
    pub bic: String,
}

/// The home page's one strong picture and sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hero {
    pub title: String,
    pub text: String,
    pub link: String,
    pub link_text: String,
    pub alt: String,
    /// The picture's hash (`media.hash`); empty: no picture.
    pub media_hash: String,
}

impl Default for ShopSettings {
    /// A freshly migrated shop: it can sell at once.
    fn default() -> ShopSettings {
        ShopSettings {
            name: "Mercer".to_owned(),
            language: "en".to_owned(),
            currency: "EUR".to_owned(),
            theme: "plain".to_owned(),
            tagline: String::new(),
            announcement: String::new(),
            email: "shop@example.com".to_owned(),
            phone: String::new(),
            company: Vec::new(),
            bank: Bank::default(),
            hero: Hero::default(),
            why: Vec::new(),
            countries: EU_COUNTRIES.iter().map(|c| (*c).to_owned()).collect(),
            time_zone: String::new(),
        }
    }
}

/// The member states of the European Union, Germany first as the default shop's own country, the rest by code.
pub const EU_COUNTRIES: [&str; 27] = [
    "DE", "AT", "BE", "BG", "CY", "CZ", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];
