//! What every handler, job and command is given: the store's parts, made once at the start.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::domain::settings::ShopSettings;
use crate::edge::feed::Feed;
use crate::error::{Error, Result};
use crate::outside::limits::Limits;
use crate::outside::mail::Mailer;
use crate::outside::media::Media;
use crate::outside::passwords::Passwords;
use crate::random::Random;
use crate::search::Search;

/// The running store.
pub struct App {
    pub config: Config,
    pub db: Db,
    pub clock: Clock,
    pub random: Random,
    pub mailer: Mailer,
    pub media: Media,
    pub feed: Feed,
    pub search: Search,
    /// Whether `/readyz` says yes; off again when shutdown begins, so that a load balancer sends no more.
    pub ready: AtomicBool,
    /// Tells the job worker that there is something to do.
    pub jobs_wake: Notify,
    pub passwords: Passwords,
    pub limits: Limits,
    /// Work that must outlive the client's connection; shutdown waits for it.
    pub tasks: TaskTracker,
    settings: RwLock<Arc<ShopSettings>>,
}

impl App {
    /// Puts the parts together; the database must be migrated.
    pub async fn new(config: Config, db: Db, clock: Clock, random: Random) -> Result<App> {
        let app = App {
            mailer: Mailer::new(&config.mail)?,
            media: Media::new(config.data_dir.join("media")),
            feed: Feed::default(),
            search: Search::new()?,
            ready: AtomicBool::new(false),
            jobs_wake: Notify::new(),
            limits: Limits::new(clock.clone(), config.server.api_rate),
            config,
            db,
            clock,
            random,
            passwords: Passwords::new(),
            tasks: TaskTracker::new(),
            settings: RwLock::new(Arc::new(ShopSettings::default())),
        };
        app.reload_settings().await?;
        Ok(app)
    }

    /// The shop's settings as this process last read them.
    pub fn settings(&self) -> Arc<ShopSettings> {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the settings again: at the start and whenever the feed says that they changed.
    pub async fn reload_settings(&self) -> Result<()> {
        let mut conn = self.db.read().await?;
        if let Some(settings) = crate::db::settings::find_settings(&mut conn).await? {
            *self.settings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
        }
        Ok(())
    }

    /// A new id for a row.
    pub fn id(&self) -> String {
        self.random.id(self.clock.now_ms())
    }

    /// Runs work on money, stock or mail in a task of its own: a client that hangs up does not stop it half-way.
    pub async fn detached<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        self.tasks.spawn(work).await.map_err(Error::internal)?
    }
}
