//! What goes with the confirmation of an order, for the shopper to keep: the terms and the instructions on withdrawal
//! (directive 2011/83/EU, article 8(7)). They are files, so that they are as the shop printed them on that day, and plain
//! text, since many mail programs hold back files of HTML.

use super::{MailJob, plain};
use crate::db::{Conn, pages};
use crate::domain::catalogue::Page;
use crate::domain::settings::ShopSettings;
use crate::format;
use crate::outside::mail::Attachment;
use crate::texts::Texts;

/// The usual names of the pages; a shop may lack them.
const PAGES: [&str; 2] = ["terms", "withdrawal"];
/// Characters of a file's name.
const NAME_CHARS_MAX: usize = 80;

/// The pages that go with the mail of `job`.
pub async fn list_pages(conn: &mut Conn, job: &MailJob) -> sqlx::Result<Vec<Page>> {
    let mut found = Vec::new();
    if matches!(job, MailJob::OrderPlaced { .. }) {
        for slug in PAGES {
            found.extend(pages::find_page_by_slug(conn, slug).await?);
        }
    }
    Ok(found)
}

/// The page as a file, which says whose it is, and of when.
pub fn file(shop: &ShopSettings, texts: &Texts, origin: &str, page: &Page) -> Attachment {
    let updated =
        texts.fill("page.updated", &[("date", &format::date(page.updated_at, &shop.zone(), texts))]);
    let (shop, title, slug) = (&shop.name, &page.title, &page.slug);
    let body = plain::of_markdown(&page.body, origin);
    Attachment {
        name: format!("{}.txt", file_name(title)),
        text: format!("{shop}: {title}\n{updated}\n{origin}/pages/{slug}\n\n\n{body}"),
    }
}

/// `title` without what some system does not take in a file's name.
fn file_name(title: &str) -> String {
    let name: String =
        title.chars().map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { ' ' } else { c }).collect();
    let name: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
    name.chars().take(NAME_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_can_be_saved_everywhere_and_says_whose_it_is() {
        let page = Page {
            page_id: "p".to_owned(),
            slug: "terms".to_owned(),
            title: "Terms: sale/hire?".to_owned(),
            body: "## One\n\nText.".to_owned(),
            footer: "legal".to_owned(),
            position: 1,
            updated_at: 1_795_356_300_000,
        };
        let shop = ShopSettings { name: "Orrery".to_owned(), ..ShopSettings::default() };
        let file = file(&shop, Texts::of("en"), "https://shop.example", &page);
        assert_eq!(file.name, "Terms sale hire.txt");
        let head = "Orrery: Terms: sale/hire?\nLast changed on 22\u{a0}November\u{a0}2026\nhttps://shop.example/pages/terms\n";
        assert!(file.text.starts_with(head) && file.text.ends_with("One\n===\n\nText.\n"), "{}", file.text);
    }
}
