//! The mixed load: shoppers who check what they are answered, each on a connection of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::client::{Client, Outcome};
use super::load;

const PASSWORD: &str = "tulip-kettle-47";
/// Between two wishes of a shopper.
const PAUSE: Duration = Duration::from_millis(5);
/// Before somebody who must not give up tries again.
const RETRY_EVERY: Duration = Duration::from_millis(200);
/// For how long; longer than any outage.
const ORDER_PATIENCE: Duration = Duration::from_secs(60);
/// A mail is sent by any of the processes; a minute is patience enough.
const MAIL_LOOKS: u32 = 600;
const MAIL_LOOK_EVERY: Duration = Duration::from_millis(100);

/// What all shoppers know and have seen.
pub struct Street {
    pub port: u16,
    pub variant: String,
    pub outbox: PathBuf,
    closed: AtomicBool,
    numbers: AtomicU32,
    pub done: Counts,
    pub failures: Mutex<Vec<Failure>>,
    /// How long each look at a page took, and when it ended.
    pub look_times: Mutex<Vec<(Instant, Duration)>>,
    /// Orders that were answered: number and token.
    pub orders: Mutex<BTreeMap<i64, String>>,
}

/// What somebody was not given.
#[derive(Debug, Clone)]
pub struct Failure {
    pub at: Instant,
    pub what: String,
}

/// How much was done without a fault.
#[derive(Default)]
pub struct Counts {
    pub looks: AtomicU64,
    pub cart_changes: AtomicU64,
    pub logins: AtomicU64,
}

impl Street {
    pub fn new(port: u16, variant: String, outbox: PathBuf) -> Arc<Street> {
        Arc::new(Street {
            port,
            variant,
            outbox,
            closed: AtomicBool::new(false),
            numbers: AtomicU32::new(1),
            done: Counts::default(),
            failures: Mutex::default(),
            look_times: Mutex::default(),
            orders: Mutex::default(),
        })
    }

    /// Lets shoppers of every kind in.
    pub fn open(self: &Arc<Street>) -> JoinSet<()> {
        let mut shoppers = JoinSet::new();
        for _ in 0..3 {
            shoppers.spawn(self.clone().let_in(self.client(), Wish::Look));
            shoppers.spawn(self.clone().let_in(self.client().fickle(), Wish::Look));
        }
        for _ in 0..2 {
            shoppers.spawn(self.clone().let_in(self.client(), Wish::Order));
            shoppers.spawn(keep_a_cart(self.clone(), self.client()));
        }
        shoppers.spawn(self.clone().let_in(self.client(), Wish::Account));
        shoppers
    }

    /// Everybody ends what is under way and leaves.
    pub async fn close(&self, shoppers: JoinSet<()>) {
        self.closed.store(true, Ordering::Relaxed);
        shoppers.join_all().await;
    }

    fn client(&self) -> Client {
        Client::new(self.port, self.numbers.fetch_add(1, Ordering::Relaxed))
    }

    fn is_open(&self) -> bool {
        !self.closed.load(Ordering::Relaxed)
    }

    fn note(&self, outcome: Outcome<()>) {
        if let Err(what) = outcome {
            self.failures.lock().unwrap().push(Failure { at: Instant::now(), what });
        }
    }

    async fn let_in(self: Arc<Street>, mut client: Client, wish: Wish) {
        while self.is_open() {
            let outcome = match wish {
                Wish::Look => self.look(&mut client).await,
                Wish::Order => self.order(&mut client).await,
                Wish::Account => self.open_account(&mut client).await,
            };
            self.note(outcome);
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Looks at pages, each of which must be the one that was asked for.
    async fn look(&self, client: &mut Client) -> Outcome<()> {
        for (path, says) in [("/", "</html>"), ("/p/piece", "piece"), ("/search?q=piece", "piece")] {
            let began = Instant::now();
            let page = client.get(path).await?.text();
            let now = Instant::now();
            self.look_times.lock().unwrap().push((now, now - began));
            require(page.contains(says) && page.contains("</html>"), || format!("{path} is not whole"))?;
            self.done.looks.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Orders a piece and looks at the order. Whoever gets no answer asks again under the same key until there is one, so
    /// that in the end every order is known.
    async fn order(&self, client: &mut Client) -> Outcome<()> {
        client.set_bearer("");
        client.set_key("");
        let made = client.post(201, "/api/v1/carts", &self.new_cart()).await?.json();
        client.set_bearer(text(&made["token"]));
        client.set_key(text(&made["token"]));
        let wish = load::order_document(&made["cart"]);
        let began = Instant::now();
        let placed = loop {
            match client.post(201, "/api/v1/checkout", &wish).await {
                Ok(placed) => break placed.json(),
                Err(what) if began.elapsed() > ORDER_PATIENCE => return Err(what),
                Err(what) => self.note(Err(what)),
            }
            tokio::time::sleep(RETRY_EVERY).await;
        };
        let (number, token) = (placed["number"].as_i64().unwrap_or(0), text(&placed["token"]).to_owned());
        let known = self.orders.lock().unwrap().insert(number, token.clone());
        require(known.is_none(), || format!("the order {number} was answered twice"))?;
        let shown = client.get(&format!("/api/v1/orders/{token}")).await?.json();
        require(shown["number"] == number, || format!("the order {number} is shown as {}", shown["number"]))
    }

    /// Registers, confirms by the mail's link, logs in, and finds what was put into the cart.
    async fn open_account(&self, client: &mut Client) -> Outcome<()> {
        *client = self.client();
        let email = format!("shopper-{}@example.com", self.numbers.fetch_add(1, Ordering::Relaxed));
        let login = json!({ "email": email, "password": PASSWORD });
        let account = json!({ "email": email, "password": PASSWORD, "name": "Ada" });
        client.post(202, "/api/v1/account/register", &account).await?;
        let token = mailed_token(&self.outbox, &email).await?;
        let confirmation = json!({ "token": token, "password": PASSWORD });
        client.post(204, "/api/v1/account/confirm", &confirmation).await?;
        let token = client.post(200, "/api/v1/account/login", &login).await?.json();
        client.set_bearer(text(&token["token"]));
        client.post(200, "/api/v1/cart/lines", &self.new_cart()["lines"][0]).await?;
        let shown = client.get("/api/v1/account").await?.json();
        require(shown["email"] == email.as_str(), || format!("{email} is shown {shown}"))?;
        let cart = client.get("/api/v1/cart").await?.json();
        require(cart["lines"][0]["quantity"] == 1, || format!("{email}'s cart is {cart}"))?;
        self.done.logins.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn new_cart(&self) -> Value {
        json!({ "lines": [{ "variant_id": self.variant, "quantity": 1 }] })
    }
}

/// What a shopper is here for.
#[derive(Clone, Copy)]
enum Wish {
    Look,
    Order,
    Account,
}

/// Puts piece after piece into one cart, as long as the street is open, and finds all of them every time.
async fn keep_a_cart(street: Arc<Street>, mut client: Client) {
    let token = match client.post(201, "/api/v1/carts", &street.new_cart()).await {
        Ok(made) => text(&made.json()["token"]).to_owned(),
        Err(what) => return street.note(Err(what)),
    };
    client.set_bearer(&token);
    let mut quantity = 1;
    while street.is_open() {
        let outcome = set_quantity(&street, &mut client, quantity % 9 + 1).await;
        street.note(outcome);
        quantity += 1;
        tokio::time::sleep(PAUSE).await;
    }
}

async fn set_quantity(street: &Street, client: &mut Client, quantity: i64) -> Outcome<()> {
    let path = format!("/api/v1/cart/lines/{}", street.variant);
    client.put(200, &path, &json!({ "quantity": quantity })).await?;
    let cart = client.get("/api/v1/cart").await?.json();
    require(cart["lines"][0]["quantity"] == quantity, || {
        format!("{quantity} pieces, but the cart is {cart}")
    })?;
    street.done.cart_changes.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

/// The token of the link in the mail to `email`, as soon as some process has sent it.
async fn mailed_token(outbox: &Path, email: &str) -> Outcome<String> {
    let mut seen = BTreeSet::new();
    for _ in 0..MAIL_LOOKS {
        let files = std::fs::read_dir(outbox).into_iter().flatten().flatten().map(|entry| entry.path());
        for file in files.filter(|file| file.extension().is_some_and(|e| e == "eml")) {
            if !seen.insert(file.clone()) {
                continue;
            }
            // Quoted-printable: lines are broken by "=", and "=" is "=3D".
            let mail = std::fs::read_to_string(&file).map_err(|e| e.to_string())?.replace("=\r\n", "");
            let link = mail.split_once("/account/confirm?token=");
            if let (true, Some((_, rest))) = (mail.contains(&format!("To: {email}\r\n")), link) {
                let rest = rest.strip_prefix("3D").unwrap_or(rest);
                return Ok(rest
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
                    .collect());
            }
        }
        tokio::time::sleep(MAIL_LOOK_EVERY).await;
    }
    Err(format!("no mail came to {email}"))
}

fn require(is_so: bool, else_say: impl FnOnce() -> String) -> Outcome<()> {
    if is_so { Ok(()) } else { Err(else_say()) }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
