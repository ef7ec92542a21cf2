//! What every handler, job and command is given: the store's parts, made once at the start.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Conn, Db, categories, pages, shipping, taxes};
use crate::domain::catalogue::Frame;
use crate::domain::settings::ShopSettings;
use crate::domain::tag::Tag;
use crate::domain::terms::Terms;
use crate::edge::feed::Feed;
use crate::edge::pages::Pages;
use crate::error::Result;
use crate::outside::cloudfront::Cdn;
use crate::outside::limits::Limits;
use crate::outside::mail::Mailer;
use crate::outside::media::Media;
use crate::outside::objects::Objects;
use crate::outside::passwords::Passwords;
use crate::outside::redis::Redis;
use crate::random::Random;
use crate::room::Room;
use crate::search::Search;
use crate::shop::accounts::Sessions;

/// This build: the version, and a digest of everything that it is made of.
pub const BUILD: &str = concat!(env!("CARGO_PKG_VERSION"), "-", env!("BUILD_DIGEST"));

/// The running store.
pub struct App {
    pub config: Config,
    /// Names this process among those that serve the shop.
    pub node_id: String,
    pub db: Db,
    pub clock: Clock,
    pub random: Random,
    pub mailer: Mailer,
    pub media: Media,
    /// What stands between the shop and its visitors, and has to be told of changes.
    pub cdn: Cdn,
    pub feed: Feed,
    pub pages: Pages,
    pub search: Search,
    /// Whether `/readyz` says yes; off again when shutdown begins, so that a load balancer sends no more.
    pub ready: AtomicBool,
    /// Tells the job worker that there is something to do.
    pub jobs_wake: Notify,
    pub passwords: Passwords,
    /// Where logins are kept.
    pub sessions: Sessions,
    pub limits: Limits,
    /// The places of requests that are worked on.
    pub room: Room,
    /// The requests under way, which outlive their clients' connections, and work beside them; shutdown waits for all.
    pub tasks: TaskTracker,
    settings: RwLock<Arc<ShopSettings>>,
    facet_keys: RwLock<Arc<[String]>>,
    kept: RwLock<Kept>,
}

/// What the process keeps by the change feed, as every cart and page needs it. Whoever writes these rows announces
/// [`Tag::site`].
#[derive(Clone, Default)]
struct Kept {
    terms: Arc<Terms>,
    frame: Arc<Frame>,
}

impl App {
    /// Puts the parts together; the database must be migrated.
    pub async fn new(config: Config, db: Db, clock: Clock, random: Random) -> Result<App> {
        let redis = Arc::new(Redis::new(&config.redis, clock.clone())?);
        let app = App {
            mailer: Mailer::new(&config.mail)?,
            media: Media::new(Objects::of_media(&config.media).await?),
            cdn: Cdn::new(&config.edge).await,
            feed: Feed::new(clock.clone(), config.edge.timing.lease_ms),
            pages: Pages::new(config.edge.page_cache_bytes),
            search: Search::new()?,
            ready: AtomicBool::new(false),
            jobs_wake: Notify::new(),
            sessions: Sessions::new(&redis),
            limits: Limits::new(clock.clone(), redis, config.server.api_rate),
            room: Room::new(config.server.requests),
            node_id: random.id(clock.now_ms()),
            config,
            db,
            clock,
            random,
            passwords: Passwords::new(),
            tasks: TaskTracker::new(),
            settings: RwLock::new(Arc::new(ShopSettings::default())),
            kept: RwLock::default(),
            facet_keys: RwLock::new(Arc::new([])),
        };
        app.reload_settings().await?;
        Ok(app)
    }

    /// The shop's settings as this process last read them.
    pub fn settings(&self) -> Arc<ShopSettings> {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The attributes that listings filter by, as this process last read them.
    pub fn facet_keys(&self) -> Arc<[String]> {
        self.facet_keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the settings again: at the start and whenever the feed says that they changed.
    pub async fn reload_settings(&self) -> Result<()> {
        let mut conn = self.db.read().await?;
        if let Some(settings) = crate::db::settings::find_settings(&mut conn).await? {
            *self.settings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
        }
        let facet_keys = crate::db::listing::list_facet_keys(&mut conn).await?;
        *self.facet_keys.write().unwrap_or_else(PoisonError::into_inner) = facet_keys.into();
        Ok(())
    }

    /// The terms of delivery and taxes: this process's copy while it is good, else as the database has them.
    pub async fn terms(&self, conn: &mut Conn) -> Result<Arc<Terms>> {
        match self.kept() {
            Some(kept) => Ok(kept.terms),
            None => read_terms(conn).await,
        }
    }

    /// What stands around every page, likewise.
    pub async fn frame(&self, conn: &mut Conn) -> Result<Arc<Frame>> {
        conn.record(Tag::site());
        match self.kept() {
            Some(kept) => Ok(kept.frame),
            None => read_frame(conn).await,
        }
    }

    /// The copies, while the feed is followed.
    fn kept(&self) -> Option<Kept> {
        let is_good = self.feed.freshness.is_leased();
        is_good.then(|| self.kept.read().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Brings the copies up to date. Only the feed calls it, before its cursor and generation move: whoever else did
    /// might put something older in the place of something newer.
    pub async fn reload_kept(&self) -> Result<()> {
        let mut conn = self.db.read().await?;
        let kept = Kept { terms: read_terms(&mut conn).await?, frame: read_frame(&mut conn).await? };
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = kept;
        Ok(())
    }

    /// A new id for a row.
    pub fn id(&self) -> String {
        self.random.id(self.clock.now_ms())
    }
}

async fn read_terms(conn: &mut Conn) -> Result<Arc<Terms>> {
    let methods = shipping::list_shipping_methods(conn).await?;
    Ok(Arc::new(Terms::new(methods, taxes::list_tax_rates(conn).await?)))
}

async fn read_frame(conn: &mut Conn) -> Result<Arc<Frame>> {
    let tree = categories::list_categories(conn).await?;
    Ok(Arc::new(Frame { tree, pages: pages::list_page_links(conn).await? }))
}
