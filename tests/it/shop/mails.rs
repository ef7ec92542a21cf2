//! What goes with the mails: the confirmation brings the terms and the instructions on withdrawal along.

use mercer::domain::catalogue::Page;
use mercer::domain::order::Actor;
use mercer::outside::mail::Mail;
use mercer::shop::catalogue::save_page;
use mercer::shop::{orders, setup};

use super::goods::{buy, offer};
use crate::support::TestStore;

async fn print(store: &TestStore, slug: &str, title: &str, body: &str) {
    let page = Page {
        page_id: store.app.id(),
        slug: slug.to_owned(),
        title: title.to_owned(),
        body: body.to_owned(),
        footer: "legal".to_owned(),
        position: 1,
        updated_at: store.app.clock.now_ms(),
    };
    let mut tx = store.app.db.write().await.unwrap();
    save_page(&store.app, &mut tx, &page).await.unwrap();
    tx.commit().await.unwrap();
}

fn names(mail: &Mail) -> Vec<&str> {
    mail.attachments.iter().map(|file| file.name.as_str()).collect()
}

#[tokio::test]
async fn the_confirmation_brings_terms_and_withdrawal_along_and_no_other_mail_does() {
    let store = TestStore::sqlite().await;
    setup::ensure_defaults(&store.app).await.unwrap();
    let watch = offer(&store.app, "watch", 34_900, 9).await;
    buy(&store.app, &[(&watch, 1)], "bank_transfer").await;
    let bare = store.mails().await;
    assert_eq!(bare[0].attachments, [], "a shop without the pages sends the mail all the same");
    assert!(!bare[0].text.contains("Attached") && !bare[0].html.contains("Attached"));

    print(&store, "privacy", "Privacy", "Not this one.").await;
    print(&store, "withdrawal", "Right of withdrawal", "Within **fourteen days**.").await;
    buy(&store.app, &[(&watch, 1)], "pay_on_delivery").await;
    assert_eq!(names(&store.mails().await[0]), ["Right of withdrawal.txt"]);
    print(&store, "terms", "Terms", "See [withdrawal](/pages/withdrawal).").await;
    let order = buy(&store.app, &[(&watch, 1)], "bank_transfer").await;
    let mail = store.mails().await.remove(0);
    assert_eq!(names(&mail), ["Terms.txt", "Right of withdrawal.txt"]);
    for body in [&mail.text, &mail.html] {
        assert!(body.contains("Attached for you to keep: Terms, Right of withdrawal."), "{body}");
    }
    assert!(mail.attachments[0].text.contains("See withdrawal (http://shop.test/pages/withdrawal)."));
    assert!(mail.attachments[1].text.contains("Within fourteen days."));
    orders::mark_paid(&store.app, &order.id, "", Actor::Operator).await.unwrap();
    assert_eq!(store.mails().await[0].attachments, []);
}
