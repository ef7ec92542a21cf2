//! What a merchant sets once for the whole shop.

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
        }
    }
}

/// The member states of the European Union, Germany first as the default shop's own country, the rest by code.
pub const EU_COUNTRIES: [&str; 27] = [
    "DE", "AT", "BE", "BG", "CY", "CZ", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];
