//! `mercer demo`: a complete shop to look at and buy from.

use clap::ValueEnum;

use super::{Failure, serve, start};
use crate::config::Env;

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

pub async fn run(mut env: Env, args: Args) -> Result<(), Failure> {
    let name = args.shop.name();
    env.set_default("MERCER_DATA_DIR", format!("data/demo-{name}"));
    env.set_default("MERCER_LOG", "warn");
    let app = start::store(env).await?;
    crate::shop::demo::seed(&app, name).await?;
    serve::serve(app, |app, url| {
        println!("{} is open at {url}", app.settings().name);
        println!("Mails are written to {}", app.config.mail.outbox.display());
    })
    .await
}
