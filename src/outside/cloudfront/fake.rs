//! CloudFront's rules in memory: caller references, quantities, syntax, limits; and faults to order.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::CdnError;
use crate::clock::Clock;
use crate::domain::purge::batch::item_mistake;

/// Plain items in progress at most.
const ITEMS_MAX: usize = 3_000;
/// Wildcards in progress at most.
const WILDCARDS_MAX: usize = 15;

/// See the module.
pub struct FakeCloudFront {
    clock: Clock,
    complete_after_ms: AtomicI64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    invalidations: Vec<Invalidation>,
    faults: VecDeque<Fault>,
}

/// One invalidation that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalidation {
    pub id: String,
    pub caller_reference: String,
    pub items: Vec<String>,
    /// By the steady clock.
    pub created_ms: i64,
    /// How often it was asked for.
    pub asked: usize,
}

/// What goes wrong with the next request for an invalidation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// An answer of 500; nothing is done.
    Error,
    /// The invalidation is made, its answer lost.
    LostAnswer,
    Busy,
    Denied,
    Refused,
}

impl FakeCloudFront {
    /// Invalidations complete `complete_after_ms` after they were made, by `clock`.
    pub fn new(clock: Clock, complete_after_ms: i64) -> FakeCloudFront {
        let complete_after_ms = AtomicI64::new(complete_after_ms);
        FakeCloudFront { clock, complete_after_ms, state: Mutex::default() }
    }

    /// The next requests for invalidations meet these, one each.
    pub fn order(&self, faults: &[Fault]) {
        self.state().faults.extend(faults);
    }

    /// From now on invalidations, those in progress too, complete after `ms`.
    pub fn complete_after(&self, ms: i64) {
        self.complete_after_ms.store(ms, Ordering::Relaxed);
    }

    /// Forgets everything, as another distribution would know nothing.
    pub fn forget(&self) {
        self.state().invalidations.clear();
    }

    /// Every invalidation, oldest first.
    pub fn invalidations(&self) -> Vec<Invalidation> {
        self.state().invalidations.clone()
    }

    pub(super) async fn create(&self, caller_reference: &str, items: &[String]) -> Result<String, CdnError> {
        // A real request gives a crash two moments: before it arrives and before its answer does.
        tokio::task::yield_now().await;
        let answer = self.take(caller_reference, items);
        tokio::task::yield_now().await;
        answer
    }

    pub(super) async fn is_complete(&self, id: &str) -> Result<bool, CdnError> {
        tokio::task::yield_now().await;
        let found = self.state().invalidations.iter().find(|i| i.id == id).map(|i| i.created_ms);
        let created_ms = found.ok_or(CdnError::Unknown)?;
        tokio::task::yield_now().await;
        Ok(!self.is_in_progress(created_ms))
    }

    fn take(&self, caller_reference: &str, items: &[String]) -> Result<String, CdnError> {
        let mut state = self.state();
        let fault = state.faults.pop_front();
        match fault {
            Some(Fault::Error) => return Err(CdnError::Unavailable("500".to_owned())),
            Some(Fault::Busy) => return Err(CdnError::Busy("TooManyInvalidationsInProgress".to_owned())),
            Some(Fault::Denied) => return Err(CdnError::Denied("AccessDenied".to_owned())),
            Some(Fault::Refused) => return Err(CdnError::Refused("InvalidArgument".to_owned())),
            Some(Fault::LostAnswer) | None => {}
        }
        let id = self.accept(&mut state, caller_reference, items)?;
        match fault {
            Some(_) => Err(CdnError::Unavailable("the answer was lost".to_owned())),
            None => Ok(id),
        }
    }

    fn accept(
        &self,
        state: &mut State,
        caller_reference: &str,
        items: &[String],
    ) -> Result<String, CdnError> {
        if let Some(known) = state.invalidations.iter_mut().find(|i| i.caller_reference == caller_reference) {
            if known.items != items {
                return Err(CdnError::Refused("InvalidationBatchAlreadyExists".to_owned()));
            }
            known.asked += 1;
            return Ok(known.id.clone());
        }
        if items.is_empty() || items.iter().any(|item| item_mistake(item).is_some()) {
            return Err(CdnError::Refused("InvalidArgument".to_owned()));
        }
        let in_progress = state.invalidations.iter().filter(|i| self.is_in_progress(i.created_ms));
        let all = in_progress.flat_map(|i| &i.items).chain(items);
        let (wildcards, plain): (Vec<&String>, Vec<&String>) = all.partition(|item| item.ends_with('*'));
        if plain.len() > ITEMS_MAX || wildcards.len() > WILDCARDS_MAX {
            return Err(CdnError::Busy("TooManyInvalidationsInProgress".to_owned()));
        }
        let id = format!("I{}", state.invalidations.len() + 1);
        state.invalidations.push(Invalidation {
            id: id.clone(),
            caller_reference: caller_reference.to_owned(),
            items: items.to_vec(),
            created_ms: self.clock.monotonic_ms(),
            asked: 1,
        });
        Ok(id)
    }

    fn is_in_progress(&self, created_ms: i64) -> bool {
        self.clock.monotonic_ms() - created_ms < self.complete_after_ms.load(Ordering::Relaxed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(list: &[&str]) -> Vec<String> {
        list.iter().map(|i| (*i).to_owned()).collect()
    }

    #[tokio::test]
    async fn a_reference_is_one_invalidation() {
        let clock = Clock::fixed(0);
        let fake = FakeCloudFront::new(clock.clone(), 1_000);
        let id = fake.create("a", &items(&["#p1"])).await.unwrap();
        assert_eq!(fake.create("a", &items(&["#p1"])).await.unwrap(), id);
        assert!(matches!(fake.create("a", &items(&["#p2"])).await, Err(CdnError::Refused(_))));
        assert!(!fake.is_complete(&id).await.unwrap());
        clock.advance(1_000);
        assert!(fake.is_complete(&id).await.unwrap());
        assert_eq!(fake.is_complete("I99").await, Err(CdnError::Unknown));
        fake.order(&[Fault::LostAnswer]);
        assert!(fake.create("b", &items(&["#p1"])).await.is_err());
        assert_eq!(fake.create("b", &items(&["#p1"])).await.unwrap(), "I2");
        assert_eq!(fake.invalidations()[1].asked, 2);
    }

    #[tokio::test]
    async fn limits_and_syntax_are_kept() {
        let fake = FakeCloudFront::new(Clock::fixed(0), 1_000);
        assert!(matches!(fake.create("a", &items(&["p1"])).await, Err(CdnError::Refused(_))));
        assert!(matches!(fake.create("a", &[]).await, Err(CdnError::Refused(_))));
        let wildcards: Vec<String> = (0..15).map(|n| format!("/p/{n}*")).collect();
        fake.create("b", &wildcards).await.unwrap();
        assert!(matches!(fake.create("c", &items(&["/*"])).await, Err(CdnError::Busy(_))));
        let many: Vec<String> = (0..3_000).map(|n| format!("#p{n}")).collect();
        fake.create("d", &many).await.unwrap();
        assert!(matches!(fake.create("e", &items(&["#h"])).await, Err(CdnError::Busy(_))));
    }
}
