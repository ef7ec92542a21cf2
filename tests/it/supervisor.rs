//! What a supervisor hears of a process that hangs: nothing.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use mercer::config::SupervisorConfig;
use mercer::edge::feed;
use mercer::supervisor::Supervisor;
use tokio_util::sync::CancellationToken;

use crate::support::TestStore;

const WATCHDOG: Duration = Duration::from_millis(20);
/// Within this many looks, a sign of life has come; or, where none must come, time enough for several was there.
const LOOKS: u32 = 100;

async fn next(notices: &UnixDatagram) -> Option<String> {
    for _ in 0..LOOKS {
        let mut bytes = [0; 256];
        if let Ok(length) = notices.recv(&mut bytes) {
            return Some(String::from_utf8_lossy(&bytes[..length]).into_owned());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    None
}

/// Forgets what was said so far.
fn forget(notices: &UnixDatagram) {
    while notices.recv(&mut [0; 256]).is_ok() {}
}

#[tokio::test]
async fn a_process_whose_feed_hangs_gives_no_sign_of_life() {
    let store = TestStore::sqlite().await;
    let path = store.dir.path().join("notify");
    let notices = UnixDatagram::bind(&path).unwrap();
    notices.set_nonblocking(true).unwrap();
    let config =
        SupervisorConfig { notify_socket: Some(path.display().to_string()), watchdog: Some(WATCHDOG) };
    let stop = CancellationToken::new();
    let following = tokio::spawn(feed::follow(store.app.clone(), stop.clone()));
    let signs = tokio::spawn(Supervisor::new(&config).give_signs_of_life(store.app.clone()));
    assert_eq!(next(&notices).await.as_deref(), Some("WATCHDOG=1"));

    // A database that is away stops nothing: whoever follows comes round and tries again.
    store.app.clock.advance(59_000);
    store.app.db.bell().heard();
    assert_eq!(next(&notices).await.as_deref(), Some("WATCHDOG=1"));
    stop.cancel();
    following.await.unwrap();
    store.app.clock.advance(60_000);
    tokio::time::sleep(2 * WATCHDOG).await;
    forget(&notices);
    assert_eq!(next(&notices).await, None, "nobody follows the feed");

    tokio::spawn(feed::follow(store.app.clone(), CancellationToken::new()));
    assert_eq!(next(&notices).await.as_deref(), Some("WATCHDOG=1"));
    signs.abort();
}

#[tokio::test]
async fn nobody_is_told_where_nobody_listens() {
    let store = TestStore::sqlite().await;
    let config =
        SupervisorConfig { notify_socket: Some("/no/such/socket".to_owned()), watchdog: Some(WATCHDOG) };
    let supervisor = Supervisor::new(&config);
    supervisor.ready("http://shop.test");
    supervisor.stopping();
    let signs = tokio::spawn(supervisor.give_signs_of_life(store.app.clone()));
    tokio::time::sleep(2 * WATCHDOG).await;
    assert!(!signs.is_finished(), "it goes on, unheard");
    signs.abort();
}
