//! Answers to requests that carry a key: a repetition gets the first answer and does nothing.
//!
//! The key is taken before the request runs and its answer is kept after it, so the request itself needs to know nothing
//! of keys. What was refused did nothing, so its key is free again. A process that dies in between leaves a key without
//! an answer: after [`LEASE_MS`] a repetition runs. Orders alone can't live with that: they are placed once whatever
//! happens, by a key in their own transaction (`shop::checkout`).
//!
//! Nothing that is kept opens anything. Of a key there is the hash; a secret that an answer hands out is made from the
//! key, so the answer is kept with the secret's hash in its place, and the repetition, which brings the key, brings the
//! secret back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::db::answers::{self, KeptAnswer, NewAttempt};
use crate::error::Result;
use crate::random::token_hash;

/// A request that runs longer counts as cut off. None comes near it: no statement may wait longer than 5 s.
pub const LEASE_MS: i64 = 60_000;
/// After this a key is a new one again.
pub const KEPT_MS: i64 = 48 * 60 * 60 * 1000;

/// A request under a key.
pub struct Asked<'a> {
    /// Who asks: a bearer token, or empty.
    pub who: &'a str,
    /// What for: keys of different operations never meet.
    pub operation: &'a str,
    /// As the client made it.
    pub key: &'a str,
    /// The request itself: path and body.
    pub request: [&'a [u8]; 2],
}

/// What is to happen with a request under a key.
pub enum Begun {
    /// It runs now, and then [`keep_answer`] or [`free_key`] is told.
    Run(Attempt),
    /// It ran before.
    Answered { status: u16, body: String },
    /// It is running.
    Running,
    /// The key stands for another request.
    OtherRequest,
}

/// A request that runs under a key.
pub struct Attempt {
    key_hash: String,
    nonce: String,
    /// For the token that the answer hands out, if it does: the same for every repetition.
    pub token: String,
}

/// Takes the key, or says what became of the request that took it.
pub async fn begin(app: &App, asked: &Asked<'_>) -> Result<Begun> {
    let now_ms = app.clock.now_ms();
    let nonce = app.random.token();
    let key_hash = hash(&[asked.who.as_bytes(), asked.operation.as_bytes(), asked.key.as_bytes()]);
    // With the key in it: the hash of a request that holds a password alone would be a password to guess.
    let [path, body] = asked.request;
    let request_hash = hash(&[asked.key.as_bytes(), path, body]);
    let new = NewAttempt {
        key_hash: &key_hash,
        request_hash: &request_hash,
        nonce: &nonce,
        locked_until: now_ms + LEASE_MS,
    };
    let mut tx = app.db.write().await?;
    if !answers::insert_attempt(&mut tx, &new, now_ms).await? {
        // Without a row the other request was refused a moment ago; the client tries again, as with one that runs.
        let Some(kept) = answers::find_answer(&mut tx, &key_hash).await? else { return Ok(Begun::Running) };
        if let Some(known) = look_at(asked.key, &request_hash, &kept, now_ms) {
            return Ok(known);
        }
        if !answers::update_attempt(&mut tx, &new, &kept.nonce).await? {
            return Ok(Begun::Running);
        }
    }
    tx.commit().await?;
    let token = token_of(asked.key, &nonce);
    Ok(Begun::Run(Attempt { key_hash, nonce, token }))
}

/// What a taken key says; `None` when whoever took it was cut off.
fn look_at(key: &str, request_hash: &str, kept: &KeptAnswer, now_ms: i64) -> Option<Begun> {
    if kept.request_hash != request_hash {
        return Some(Begun::OtherRequest);
    }
    match kept.status.map(u16::try_from) {
        Some(Ok(status)) => {
            let token = token_of(key, &kept.nonce);
            Some(Begun::Answered { status, body: kept.body.replace(&token_hash(&token), &token) })
        }
        Some(Err(_)) => Some(Begun::OtherRequest),
        None => (kept.locked_until > now_ms).then_some(Begun::Running),
    }
}

/// Keeps the answer for repetitions.
pub async fn keep_answer(app: &App, attempt: &Attempt, status: u16, body: &str) -> Result<()> {
    let body = body.replace(&attempt.token, &token_hash(&attempt.token));
    let mut tx = app.db.write().await?;
    answers::update_answer(&mut tx, &attempt.key_hash, &attempt.nonce, status.into(), &body).await?;
    Ok(tx.commit().await?)
}

/// The request was refused and did nothing: it may be mended and sent again under the same key.
pub async fn free_key(app: &App, attempt: &Attempt) -> Result<()> {
    let mut tx = app.db.write().await?;
    answers::delete_attempt(&mut tx, &attempt.key_hash, &attempt.nonce).await?;
    Ok(tx.commit().await?)
}

/// Forgets answers that no client can still ask for; how many.
pub async fn forget_answers(app: &App) -> Result<u64> {
    let mut tx = app.db.write().await?;
    let forgotten = answers::delete_old_answers(&mut tx, app.clock.now_ms() - KEPT_MS).await?;
    tx.commit().await?;
    Ok(forgotten)
}

/// SHA-256, hex; each part with its length, so that parts can't run together.
fn hash(parts: &[&[u8]]) -> String {
    hex::encode(digest(parts))
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update(part.len().to_le_bytes());
        sha.update(part);
    }
    sha.finalize().into()
}

/// A token in the form of `Random::token`, known to whoever knows the key. The nonce makes it a new one when the key is
/// used again after its answer was forgotten.
fn token_of(key: &str, nonce: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&[b"token", key.as_bytes(), nonce.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(hash(&[b"ab", b"c"]), hash(&[b"a", b"bc"]));
        assert_ne!(hash(&[b"ab", b""]), hash(&[b"ab"]));
    }

    #[test]
    fn a_token_is_one_of_ours_and_follows_from_key_and_nonce() {
        let token = token_of("key", "nonce");
        assert_eq!(token.len(), 43);
        assert_eq!(token, token_of("key", "nonce"));
        assert_ne!(token, token_of("key", "another"));
        assert_ne!(token, token_of("another", "nonce"));
    }
}
