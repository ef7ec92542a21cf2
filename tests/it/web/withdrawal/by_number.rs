//! Withdrawing without the mail: the pair of number and address opens it, anything else tells nothing.

use super::*;

/// What the page shows, without the parts that repeat what was typed.
fn told(page: &Answer) -> Vec<String> {
    let (html, errors) = (Html::parse_document(page.text()), Selector::parse(".error, h1").unwrap());
    html.select(&errors).map(|e| e.text().collect::<String>().trim().to_owned()).collect()
}

async fn look(guest: &Client, number: &str, email: &str) -> Answer {
    guest.post("/orders/withdraw", &[("number", number), ("email", email)]).await
}

#[tokio::test]
async fn a_guest_without_the_mail_withdraws_from_a_part() {
    let store = TestStore::sqlite().await;
    let (order, watch) = sent_order(&store).await;
    store.mails().await;
    let guest = store.client();
    let home = guest.get("/").await.expect(200);
    assert!(home.text().contains("href=\"/orders/withdraw\""), "within reach on every page");
    let page = guest.get("/orders/withdraw").await.expect(200);
    assert_eq!(page.header("cache-control"), "no-store");

    let typed = format!(" No. {} ", order.number);
    let form = look(&guest, &typed, "Ada@Example.com").await.expect(200);
    let pieces = format!("pieces_{watch}");
    assert_eq!((value(&form, &pieces), value(&form, "name")), ("3".into(), String::new()));
    for secret in [order.token.as_str(), &order.shipping_address.name, &order.shipping_address.line1] {
        assert!(!form.text().contains(secret), "{secret}");
    }
    let (number, email, key) = (value(&form, "number"), value(&form, "email"), value(&form, "key"));
    let action = value(&form, "action");
    let fields = [
        ("action", action.as_str()),
        ("number", &number),
        ("email", &email),
        ("key", &key),
        ("name", "Ada L."),
        (&pieces, "2"),
    ];
    let nobody = fields.map(|(field, typed)| if field == "name" { (field, "") } else { (field, typed) });
    let again = guest.post("/orders/withdraw", &nobody).await.expect(422);
    assert_eq!((value(&again, &pieces), value(&again, "number")), ("2".to_owned(), typed.clone()));
    for _ in 0..2 {
        let done = guest.post("/orders/withdraw", &fields).await.expect(303);
        assert_eq!(done.location(), "/orders/withdraw?done=1");
    }
    assert!(
        guest.get("/orders/withdraw?done=1").await.expect(200).text().contains("We have your withdrawal")
    );
    let after = reload(&store.app, &order).await;
    assert_eq!((after.withdrawals.len(), after.withdrawals[0].refund_minor), (1, 69_800));
    let mails = store.mails().await;
    let mut to: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
    to.sort_unstable();
    assert_eq!(to, ["ada@example.com", "shop@example.com"]);
    expect_healthy(&store.app).await;
}

#[tokio::test]
async fn a_wrong_pair_tells_nothing() {
    let store = TestStore::sqlite().await;
    let (order, watch) = sent_order(&store).await;
    let (number, guest) = (order.number.to_string(), store.client());
    let unknown = told(&look(&guest, "99999", "nobody@example.com").await.expect(422));
    assert!(unknown.iter().any(|line| line.contains("no order with this number and this")), "{unknown:?}");
    for (number, email) in [(number.as_str(), "nobody@example.com"), ("99999", "ada@example.com")] {
        assert_eq!(told(&look(&guest, number, email).await.expect(422)), unknown, "{number} {email}");
    }
    // The second step asks for the pair too.
    let pieces = format!("pieces_{watch}");
    let fields = [("action", "confirm"), ("number", &number), ("email", "nobody@example.com")];
    let more = [("name", "Eve"), (pieces.as_str(), "1"), ("key", "k")];
    let page = guest.post("/orders/withdraw", &[&fields[..], &more].concat()).await.expect(422);
    assert_eq!(told(&page), unknown);
    assert_eq!(reload(&store.app, &order).await.withdrawals, []);
    for (number, email, field) in [("", "ada@example.com", "number"), ("x", "ada@example.com", "number")] {
        let page = look(&guest, number, email).await.expect(422);
        assert!(page.text().contains(&format!("id=\"{field}-error\"")), "{number}");
    }
    let page = look(&guest, "1\0", "ada").await.expect(422);
    assert!(page.text().contains("id=\"email-error\""));
}

#[tokio::test]
async fn guessing_is_limited_whether_there_is_an_order_or_not() {
    let store = TestStore::sqlite().await;
    let (order, _) = sent_order(&store).await;
    let guest = store.client();
    for email in ["ada@example.com", "nobody@example.com"] {
        // As from ten other places: the address asked for is what counts here.
        for _ in 0..10 {
            assert_eq!(orders::find_by_number(&store.app, "99999", email).await.unwrap(), None);
        }
        let page = look(&guest, &order.number.to_string(), email).await.expect(429);
        assert!(page.text().contains("Too many attempts") && value(&page, "email") == email);
    }
    // Those two counted for the guest's own address as well.
    for n in 0..18 {
        look(&guest, "99999", &format!("nobody{n}@example.com")).await.expect(422);
    }
    look(&guest, "99999", "somebody@example.com").await.expect(429);
}

#[tokio::test]
async fn what_is_over_says_so_and_links_stay_what_they_are() {
    let store = TestStore::sqlite().await;
    let (order, _) = sent_order(&store).await;
    let (number, guest) = (order.number.to_string(), store.client());
    guest.get(&format!("/orders/{}", order.token)).await.expect(200);
    guest.get(&format!("/orders/{}/withdraw", order.token)).await.expect(200);
    guest.get("/orders/withdraw/withdraw").await.expect(404);
    store.app.clock.advance(30 * 24 * 3_600_000);
    let late = look(&guest, &number, "ada@example.com").await.expect(409);
    assert!(late.text().contains("fourteen days") && !late.text().contains(&order.token));
    let unsent = buy(&store.app, &[(&order.lines[0].variant_id, 1)], "bank_transfer").await;
    let statement = orders::Statement {
        name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        lines: Vec::new(),
        idempotency_key: None,
    };
    orders::withdraw(&store.app, &unsent.id, statement).await.unwrap();
    let done = look(&guest, &unsent.number.to_string(), "ada@example.com").await.expect(409);
    assert!(done.text().contains("withdrawn from already"));
}
