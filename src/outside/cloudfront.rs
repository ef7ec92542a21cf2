//! CloudFront, as far as purging goes: ask for an invalidation, ask whether it is complete.
//!
//! One request is one attempt: what is tried again, and when, is the dispatcher's to decide, since it has to use the
//! same caller reference.

mod fake;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::config::retry::RetryConfig;
use aws_sdk_cloudfront::config::timeout::TimeoutConfig;
use aws_sdk_cloudfront::config::{BehaviorVersion, Region};
use aws_sdk_cloudfront::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_cloudfront::types::{InvalidationBatch, Paths};

pub use fake::{FakeCloudFront, Fault, Invalidation};

use crate::config::EdgeConfig;

/// CloudFront's only region.
const REGION: &str = "us-east-1";
/// For one request, answer included.
const TIMEOUT: Duration = Duration::from_secs(10);
/// What `GetInvalidation` says of a complete invalidation. Stand-ins for CloudFront shout it.
const COMPLETED: &str = "Completed";

/// What stands between the shop and its visitors.
#[derive(Clone)]
pub enum Cdn {
    /// Nothing that could be told of changes.
    Off,
    CloudFront(Box<CloudFront>),
    /// CloudFront's rules in memory, for tests.
    Fake(Arc<FakeCloudFront>),
}

/// One distribution.
#[derive(Clone)]
pub struct CloudFront {
    client: Client,
    distribution_id: String,
}

/// Why CloudFront did not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CdnError {
    /// Too much is in progress, or too many requests come.
    #[error("CloudFront has too much in progress: {0}")]
    Busy(String),
    /// It will never take this request.
    #[error("CloudFront refuses the request: {0}")]
    Refused(String),
    /// The credentials, the permission or the distribution are wrong: somebody has to look.
    #[error("CloudFront does not let us: {0}")]
    Denied(String),
    /// There is no such invalidation.
    #[error("CloudFront has no such invalidation")]
    Unknown,
    /// No answer, or one that says nothing: whether it was done is not known.
    #[error("CloudFront does not answer: {0}")]
    Unavailable(String),
}

impl Cdn {
    /// The edge that the configuration describes. Credentials come from where the SDK looks for them (environment,
    /// profile, container, instance), and are not looked for before the first request.
    pub async fn new(config: &EdgeConfig) -> Cdn {
        let Some(distribution_id) = config.distribution_id.clone() else { return Cdn::Off };
        let shared = aws_config::defaults(BehaviorVersion::latest()).region(Region::new(REGION)).load().await;
        let config = aws_sdk_cloudfront::config::Builder::from(&shared)
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build())
            .build();
        Cdn::CloudFront(Box::new(CloudFront { client: Client::from_conf(config), distribution_id }))
    }

    pub fn is_on(&self) -> bool {
        !matches!(self, Cdn::Off)
    }

    /// Asks for an invalidation of `items` (`#tag` or path); its id. The same reference with the same items is the
    /// same invalidation, however often it is asked for.
    pub async fn create_invalidation(
        &self,
        caller_reference: &str,
        items: &[String],
    ) -> Result<String, CdnError> {
        match self {
            Cdn::Off => Err(CdnError::Denied("no distribution is configured".to_owned())),
            Cdn::CloudFront(distribution) => distribution.create(caller_reference, items).await,
            Cdn::Fake(fake) => fake.create(caller_reference, items).await,
        }
    }

    /// Whether the invalidation is complete.
    pub async fn is_complete(&self, id: &str) -> Result<bool, CdnError> {
        match self {
            Cdn::Off => Err(CdnError::Denied("no distribution is configured".to_owned())),
            Cdn::CloudFront(distribution) => distribution.is_complete(id).await,
            Cdn::Fake(fake) => fake.is_complete(id).await,
        }
    }
}

impl CloudFront {
    async fn create(&self, caller_reference: &str, items: &[String]) -> Result<String, CdnError> {
        let unfit = |e: aws_sdk_cloudfront::error::BuildError| CdnError::Refused(e.to_string());
        let quantity = i32::try_from(items.len()).map_err(|e| CdnError::Refused(e.to_string()))?;
        let paths =
            Paths::builder().quantity(quantity).set_items(Some(items.to_vec())).build().map_err(unfit)?;
        let batch = InvalidationBatch::builder()
            .paths(paths)
            .caller_reference(caller_reference)
            .build()
            .map_err(unfit)?;
        let answer = self
            .client
            .create_invalidation()
            .distribution_id(&self.distribution_id)
            .invalidation_batch(batch)
            .send()
            .await
            .map_err(|e| classify(&e))?;
        let id = answer.invalidation.map(|made| made.id);
        id.ok_or_else(|| CdnError::Unavailable("the answer names no invalidation".to_owned()))
    }

    async fn is_complete(&self, id: &str) -> Result<bool, CdnError> {
        let answer = self
            .client
            .get_invalidation()
            .distribution_id(&self.distribution_id)
            .id(id)
            .send()
            .await
            .map_err(|e| classify(&e))?;
        Ok(answer.invalidation.is_some_and(|found| found.status.eq_ignore_ascii_case(COMPLETED)))
    }
}

fn classify<E>(error: &SdkError<E>) -> CdnError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let status = error.raw_response().map(|answer| answer.status().as_u16());
    let text = match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => DisplayErrorContext(error).to_string(),
    };
    kind_of(error.code(), status, text)
}

/// Sorts an answer by what can be done about it. Some codes, `InvalidationBatchAlreadyExists` among them, are documented
/// but not modelled in the SDK, so all are told apart by their text.
fn kind_of(code: Option<&str>, status: Option<u16>, text: String) -> CdnError {
    match (code.unwrap_or_default(), status) {
        (
            "TooManyInvalidationsInProgress" | "Throttling" | "ThrottlingException" | "RequestLimitExceeded",
            _,
        )
        | (_, Some(429)) => CdnError::Busy(text),
        ("NoSuchInvalidation", _) => CdnError::Unknown,
        (
            "InvalidArgument"
            | "BatchTooLarge"
            | "InconsistentQuantities"
            | "MissingBody"
            | "InvalidationBatchAlreadyExists",
            _,
        ) => CdnError::Refused(text),
        ("AccessDenied" | "NoSuchDistribution", _) | (_, Some(401 | 403 | 404)) => CdnError::Denied(text),
        _ => CdnError::Unavailable(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_sorted_by_what_can_be_done() {
        let kind = |code, status| kind_of(Some(code), Some(status), code.to_owned());
        let text = |code: &str| code.to_owned();
        assert_eq!(
            kind("TooManyInvalidationsInProgress", 400),
            CdnError::Busy(text("TooManyInvalidationsInProgress"))
        );
        assert_eq!(
            kind("InvalidationBatchAlreadyExists", 400),
            CdnError::Refused(text("InvalidationBatchAlreadyExists"))
        );
        assert_eq!(kind("NoSuchInvalidation", 404), CdnError::Unknown);
        assert_eq!(kind("NoSuchDistribution", 404), CdnError::Denied(text("NoSuchDistribution")));
        assert_eq!(kind("SignatureDoesNotMatch", 403), CdnError::Denied(text("SignatureDoesNotMatch")));
        assert_eq!(kind("InternalError", 500), CdnError::Unavailable(text("InternalError")));
        assert_eq!(kind_of(None, None, text("timeout")), CdnError::Unavailable(text("timeout")));
    }
}
