//! `mercer demo`: a complete shop to look at and buy from.

use std::sync::Arc;

use clap::ValueEnum;
use tokio_util::sync::CancellationToken;

use super::out::say;
use super::{Failure, serve, start};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Env;
use crate::outside::mail::Mailer;
use crate::supervisor::Passed;
use crate::{jobs, shop};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(value_enum, default_value = "watches")]
    shop: Shop,
}

/// The shops that the binary carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shop {
    Watches,
    Accessories,
}

impl Shop {
    /// Its folder under `assets/demo`.
    fn name(self) -> &'static str {
        match self {
            Shop::Watches => "watches",
            Shop::Accessories => "accessories",
        }
    }
}

/// The customer of the demo shops, printed at the start. It opens nothing but a demo.
const CUSTOMER: (&str, &str, &str) = ("ada@example.com", "Ada Example", "orbit-lantern-42");

pub async fn run(mut env: Env, args: Args, passed: Passed) -> Result<(), Failure> {
    let name = args.shop.name();
    env.set_default("MERCER_DATA_DIR", format!("data/demo-{name}"));
    env.set_default("MERCER_LOG", "warn");
    let app = start::store(env).await?;
    shop::demo::seed(&app, name).await?;
    let (email, full_name, password) = CUSTOMER;
    shop::accounts::ensure_account(&app, email, full_name, password).await?;
    seed_orders(&app, name, email).await?;
    serve::serve(app, passed, |app, url| {
        say!("{} is open at {url}", app.settings().name);
        say!("A customer logs in as {email} with the password {password}");
        say!("Mails are written to {}", app.config.mail.outbox.display());
        tokio::spawn(warm(app.clone()));
    })
    .await
}

/// Gives the customer orders to look at. The mails of past days were read long ago, so they go nowhere; those about the
/// newest order wait in the outbox like any other.
async fn seed_orders(app: &App, name: &str, email: &str) -> Result<(), Failure> {
    if shop::demo::count_missing_orders(app, name, email).await? == 0 {
        return Ok(());
    }
    let now_ms = app.clock.now_ms();
    let clock = Clock::fixed(now_ms);
    let mut past = App::new(app.config.clone(), app.db.clone(), clock, app.random.clone()).await?;
    past.mailer = Mailer::Fake(Arc::default());
    shop::demo::seed_orders(&past, name, email, now_ms, 1).await?;
    jobs::drain(&past).await?;
    shop::demo::seed_orders(&past, name, email, now_ms, 0).await?;
    Ok(())
}

/// Draws the pictures of the first pages ahead of the visitor; whatever is missing is drawn when asked for.
async fn warm(app: Arc<App>) {
    if let Err(error) = shop::media::warm(app, CancellationToken::new()).await {
        tracing::warn!(%error, "pictures could not be drawn ahead");
    }
}
