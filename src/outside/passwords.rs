//! Password hashing: argon2id, off the async threads and never on all cores at once.
//!
//! An unknown account is verified against a dummy hash through the same queue, so that time tells nobody which
//! accounts exist.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::{Error, Result};
use crate::random::Random;

/// Memory of one hash, KiB.
const MEMORY_KIB: u32 = 19_456;
/// Passes over the memory.
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
/// A request waits this long for its turn, then answers 503: a queue of logins must not outlive its clients.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// A hash that no password has, with today's parameters: sixteen and thirty-two zero bytes.
const DUMMY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What came of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    Right,
    /// Right, but hashed with older parameters: hash it again and store that.
    RightButOld,
}

/// The hasher; one per process.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Passwords {
        Passwords::new()
    }
}

impl Passwords {
    /// Leaves one core to everybody else.
    pub fn new() -> Passwords {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Passwords { turns: Arc::new(Semaphore::new(cores.saturating_sub(1).max(1))) }
    }

    /// The PHC string of `password` with a fresh salt.
    /// Errors: [`Error::Unavailable`] when no turn came within a second.
    pub async fn hash(&self, random: &Random, password: String) -> Result<String> {
        let mut salt = [0u8; SALT_BYTES];
        random.fill(&mut salt);
        self.run(move || {
            let hash: PasswordHash = hasher().hash_password_with_salt(password.as_bytes(), &salt)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Compares `password` with the stored PHC string; `None`, an unknown account, takes the same time.
    /// Errors: [`Error::Unavailable`] when no turn came within a second; [`Error::Internal`] when the stored string
    /// can't be read.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<Verdict> {
        self.run(move || compare(&password, stored.as_deref().unwrap_or(DUMMY))).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> argon2::password_hash::Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = self.turn().await?;
        // The turn moves into the thread: a client that hangs up frees it when the work ends, not before.
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        done.await.map_err(Error::internal)?.map_err(|e| Error::internal(e.to_string()))
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        timeout(WAIT_MAX, self.turns.clone().acquire_owned())
            .await
            .map_err(|late| Error::Unavailable(Box::new(late)))?
            .map_err(Error::internal)
    }
}

fn compare(password: &str, stored: &str) -> argon2::password_hash::Result<Verdict> {
    let hash = PasswordHash::new(stored)?;
    // The stored string's own parameters are used, so that old hashes stay valid.
    match hasher().verify_password(password.as_bytes(), &hash) {
        Ok(()) if is_current(stored) => Ok(Verdict::Right),
        Ok(()) => Ok(Verdict::RightButOld),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(Verdict::Wrong),
        Err(e) => Err(e),
    }
}

fn is_current(stored: &str) -> bool {
    stored.starts_with(&format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$"))
}

fn hasher() -> Argon2<'static> {
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the constants are within argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn right_wrong_and_unknown() {
        let (passwords, random) = (Passwords::new(), Random::seeded(1));
        let hash = passwords.hash(&random, "correct horse".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let verify =
            async |p: &str, h: Option<&String>| passwords.verify(p.to_owned(), h.cloned()).await.unwrap();
        assert_eq!(verify("correct horse", Some(&hash)).await, Verdict::Right);
        assert_eq!(verify("correct horsf", Some(&hash)).await, Verdict::Wrong);
        assert_eq!(verify("correct horse", None).await, Verdict::Wrong);
        assert_ne!(hash, passwords.hash(&random, "correct horse".to_owned()).await.unwrap(), "salted");
    }

    #[tokio::test]
    async fn an_older_hash_is_right_but_old() {
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 1, 1, None).unwrap());
        let hash: PasswordHash = weak.hash_password_with_salt(b"correct horse", &[7; 16]).unwrap();
        let verdict =
            Passwords::new().verify("correct horse".to_owned(), Some(hash.to_string())).await.unwrap();
        assert_eq!(verdict, Verdict::RightButOld);
    }

    #[test]
    fn the_dummy_costs_what_a_real_one_costs() {
        assert!(is_current(DUMMY));
        assert!(PasswordHash::new(DUMMY).is_ok());
    }

    #[tokio::test]
    async fn a_stored_string_that_is_no_hash_is_our_fault_not_a_wrong_password() {
        let result = Passwords::new().verify("x".to_owned(), Some("plain".to_owned())).await;
        assert!(matches!(result, Err(Error::Internal(_))));
    }

    #[tokio::test]
    async fn a_full_queue_says_unavailable() {
        let passwords = Passwords { turns: Arc::new(Semaphore::new(0)) };
        let result = passwords.verify("x".to_owned(), None).await;
        assert!(matches!(result, Err(Error::Unavailable(_))));
    }
}
