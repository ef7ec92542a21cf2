//! The shop's settings: one JSON document under the key `shop`.

use serde::{Deserialize, Serialize};

use super::{Conn, execute, fetch};
use crate::domain::settings::{Bank, Hero, ShopSettings};
use crate::domain::tag::Tag;

/// The document as stored. Every field has a default, so that an older document stays readable.
#[derive(Serialize, Deserialize)]
#[serde(default)]
struct Document {
    name: String,
    language: String,
    currency: String,
    theme: String,
    tagline: String,
    announcement: String,
    email: String,
    phone: String,
    company: Vec<String>,
    bank: [String; 3],
    hero: [String; 6],
    why: Vec<(String, String)>,
    countries: Vec<String>,
    time_zone: String,
}

impl Default for Document {
    fn default() -> Document {
        Document::of(&ShopSettings::default())
    }
}

impl Document {
    fn of(s: &ShopSettings) -> Document {
        let s = s.clone();
        Document {
            name: s.name,
            language: s.language,
            currency: s.currency,
            theme: s.theme,
            tagline: s.tagline,
            announcement: s.announcement,
            email: s.email,
            phone: s.phone,
            company: s.company,
            bank: [s.bank.holder, s.bank.iban, s.bank.bic],
            hero: [s.hero.title, s.hero.text, s.hero.link, s.hero.link_text, s.hero.alt, s.hero.media_hash],
            why: s.why,
            countries: s.countries,
            time_zone: s.time_zone,
        }
    }

    fn into_settings(self) -> ShopSettings {
        let [holder, iban, bic] = self.bank;
        let [title, text, link, link_text, alt, media_hash] = self.hero;
        ShopSettings {
            name: self.name,
            language: self.language,
            currency: self.currency,
            theme: self.theme,
            tagline: self.tagline,
            announcement: self.announcement,
            email: self.email,
            phone: self.phone,
            company: self.company,
            bank: Bank { holder, iban, bic },
            hero: Hero { title, text, link, link_text, alt, media_hash },
            why: self.why,
            countries: self.countries,
            time_zone: self.time_zone,
        }
    }
}

/// The settings, if they were ever saved.
pub async fn find_settings(conn: &mut Conn) -> sqlx::Result<Option<ShopSettings>> {
    conn.record(Tag::site());
    let row = fetch!(conn, fetch_optional as (String,), "SELECT value FROM settings WHERE key = 'shop'")?;
    row.map(|(value,)| serde_json::from_str::<Document>(&value).map(Document::into_settings))
        .transpose()
        .map_err(|e| sqlx::Error::Decode(Box::new(e)))
}

/// Saves the settings; the caller records the change of [`Tag::site`].
pub async fn update_settings(conn: &mut Conn, settings: &ShopSettings, now_ms: i64) -> sqlx::Result<()> {
    let value =
        serde_json::to_string(&Document::of(settings)).map_err(|e| sqlx::Error::Encode(Box::new(e)))?;
    execute!(
        conn,
        "INSERT INTO settings (key, value, updated_at) VALUES ('shop', $1, $2)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
        value,
        now_ms,
    )?;
    Ok(())
}
