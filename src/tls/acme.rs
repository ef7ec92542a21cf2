//! One order at an authority (RFC 8555): account, proof, certificate.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, CertificateIdentifier, Challenge, ChallengeType,
    Identifier, NewAccount, NewOrder, Order, OrderStatus, Problem, RetryPolicy,
};
use serde::{Deserialize, Serialize};

use super::certificate::Certificate;
use super::folder::Folder;
use super::{Proof, Tls, client};
use crate::config::AcmeConfig;
use crate::error::with_causes;

/// How long an authority may take to look at the proof, and to sign.
const PATIENCE: RetryPolicy = RetryPolicy::new()
    .initial_delay(Duration::from_millis(500))
    .backoff(1.5)
    .timeout(Duration::from_secs(90));

const NO_ACCOUNT: &str = "urn:ietf:params:acme:error:accountDoesNotExist";

/// Why there is no certificate, as a sentence that tells the operator what to do.
#[derive(Debug, thiserror::Error)]
pub enum AcmeError {
    #[error("{0}; see that this machine reaches MERCER_ACME_DIRECTORY")]
    Away(String),
    #[error(
        "the authority could not see that {host} is ours ({how}): {detail}; its A and AAAA records must lead to this \
         machine, and port {port} through every firewall"
    )]
    Unproved { host: String, how: &'static str, port: u16, detail: String },
    #[error("the authority says no: {0}{advice}", advice = advice(.0))]
    Refused(Box<Problem>),
    #[error("the authority's answer can't be used: {0}")]
    Odd(String),
    /// A file of ours; the text says which and what to do.
    #[error("{0}")]
    Kept(String),
}

fn advice(problem: &Problem) -> &'static str {
    let kind = problem.r#type.as_deref().unwrap_or_default();
    match kind.rsplit(':').next().unwrap_or_default() {
        "rateLimited" => "; it was asked too often, which passes by itself",
        "caa" => "; the domain's CAA record must name this authority",
        "invalidContact" | "unsupportedContact" => "; set MERCER_ACME_CONTACT to another address",
        "rejectedIdentifier" => "; it gives no certificates for this name",
        "externalAccountRequired" => {
            "; it wants an account that was made elsewhere: set MERCER_ACME_DIRECTORY"
        }
        _ => "",
    }
}

impl From<instant_acme::Error> for AcmeError {
    fn from(error: instant_acme::Error) -> AcmeError {
        match error {
            instant_acme::Error::Api(problem) => AcmeError::Refused(Box::new(problem)),
            instant_acme::Error::Other(cause) => AcmeError::Away(with_causes(&*cause)),
            instant_acme::Error::Timeout(_) => AcmeError::Away("the authority takes too long".to_owned()),
            other => AcmeError::Odd(other.to_string()),
        }
    }
}

/// The account as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    contact: String,
    credentials: AccountCredentials,
}

/// The authority, as one shop knows it.
pub struct Authority<'a> {
    config: &'a AcmeConfig,
    host: &'a str,
    folder: &'a Folder,
    account: Option<Account>,
}

impl<'a> Authority<'a> {
    /// Asks nobody yet.
    pub fn new(config: &'a AcmeConfig, host: &'a str, folder: &'a Folder) -> Authority<'a> {
        Authority { config, host, folder, account: None }
    }

    /// Orders a certificate for the host, which `tls` proves to be ours, and keeps it on disk. With `other_proof` by the
    /// way that is not tried first. `note` is told of each order that the authority has opened, which it counts.
    pub async fn order(
        &mut self,
        tls: &Tls,
        other_proof: bool,
        note: impl FnOnce() -> Result<(), String>,
    ) -> Result<Certificate, AcmeError> {
        let account = self.account().await?;
        let names = [Identifier::Dns(self.host.to_owned())];
        let mut order = match account.new_order(&NewOrder::new(&names)).await {
            Err(instant_acme::Error::Api(problem)) if problem.r#type.as_deref() == Some(NO_ACCOUNT) => {
                // It has forgotten us: the next attempt begins with a new account.
                self.account = None;
                self.folder.forget_account().map_err(AcmeError::Kept)?;
                return Err(AcmeError::Refused(Box::new(problem)));
            }
            order => order?,
        };
        note().map_err(AcmeError::Kept)?;
        self.prove(&mut order, tls, other_proof).await?;
        let key = order.finalize().await?;
        let chain = order.poll_certificate(&PATIENCE).await?;
        let certificate = Certificate::from_pem(chain.as_bytes(), key.as_bytes(), self.host);
        let certificate = certificate.map_err(AcmeError::Odd)?;
        self.folder.write_certificate(&format!("{chain}\n{key}")).map_err(AcmeError::Kept)?;
        Ok(certificate)
    }

    /// From when to when the authority wants the certificate to be renewed, in ms; `None` if it never says so (RFC 9773).
    pub async fn renewal_window(
        &mut self,
        certificate: &Certificate,
    ) -> Result<Option<(i64, i64)>, AcmeError> {
        let facts = &certificate.facts;
        let Some(authority_key) = &facts.authority_key else { return Ok(None) };
        let id = CertificateIdentifier {
            authority_key_identifier: URL_SAFE_NO_PAD.encode(authority_key).into(),
            serial: URL_SAFE_NO_PAD.encode(&facts.serial).into(),
        };
        match self.account().await?.renewal_info(&id).await {
            Ok((info, _)) => {
                let ms = |at: time::OffsetDateTime| at.unix_timestamp() * 1_000;
                Ok(Some((ms(info.suggested_window.start), ms(info.suggested_window.end))))
            }
            Err(instant_acme::Error::Unsupported(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The kept account, else a new one.
    async fn account(&mut self) -> Result<Account, AcmeError> {
        if let Some(account) = &self.account {
            return Ok(account.clone());
        }
        let http = client::new(self.config).map_err(AcmeError::Kept)?;
        let builder = Account::builder_with_http(Box::new(http));
        let kept = self.folder.account().map_err(AcmeError::Kept)?;
        // One that can't be read is as good as none: accounts cost nothing.
        let kept: Option<Kept> = kept.and_then(|json| serde_json::from_slice(&json).ok());
        let contact = format!("mailto:{}", self.config.contact);
        let account = match kept {
            Some(kept) => {
                let account = builder.from_credentials(kept.credentials).await?;
                if kept.contact != self.config.contact {
                    account.update_contacts(&[&contact]).await?;
                    self.keep_contact()?;
                }
                account
            }
            None => {
                let new = NewAccount {
                    contact: &[&contact],
                    terms_of_service_agreed: true,
                    only_return_existing: false,
                };
                let (account, credentials) =
                    builder.create(&new, self.config.directory.to_string(), None).await?;
                self.keep(&Kept { contact: self.config.contact.clone(), credentials })?;
                account
            }
        };
        self.account = Some(account.clone());
        Ok(account)
    }

    fn keep(&self, kept: &Kept) -> Result<(), AcmeError> {
        let json = serde_json::to_vec(kept).map_err(|error| AcmeError::Odd(error.to_string()))?;
        self.folder.write_account(&json).map_err(AcmeError::Kept)
    }

    /// Notes that the authority knows the present contact.
    fn keep_contact(&self) -> Result<(), AcmeError> {
        let json = self.folder.account().map_err(AcmeError::Kept)?.unwrap_or_default();
        let kept =
            serde_json::from_slice::<Kept>(&json).map_err(|error| AcmeError::Odd(error.to_string()))?;
        self.keep(&Kept { contact: self.config.contact.clone(), ..kept })
    }

    /// Proves what the order wants to see proved, and waits until the authority has seen it.
    async fn prove(&self, order: &mut Order, tls: &Tls, other_proof: bool) -> Result<(), AcmeError> {
        let mut proven = None;
        let mut way = Way::TlsAlpn;
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization?;
            match authorization.status {
                // Seen for an earlier order.
                AuthorizationStatus::Valid => continue,
                AuthorizationStatus::Pending => {}
                other => return Err(AcmeError::Odd(format!("an authorization is {other:?}"))),
            }
            way = Way::choose(&authorization.challenges, other_proof)
                .ok_or_else(|| AcmeError::Odd("it takes neither tls-alpn-01 nor http-01".to_owned()))?;
            let Some(mut challenge) = authorization.challenge(way.kind()) else { continue };
            let answer = challenge.key_authorization();
            let proof = Proof::new(self.host, &challenge.token, answer.as_str(), answer.digest().as_ref());
            proven = Some(tls.prove(proof.map_err(AcmeError::Odd)?));
            challenge.set_ready().await?;
        }
        let outcome = order.poll_ready(&PATIENCE).await;
        drop(proven);
        match outcome {
            Ok(OrderStatus::Ready | OrderStatus::Valid) => Ok(()),
            Ok(_) => Err(self.unproved(order, way, None).await),
            Err(error) => Err(self.unproved(order, way, Some(error)).await),
        }
    }

    /// Why: what the authority noted at the proof, else what it said of the whole order.
    async fn unproved(&self, order: &mut Order, way: Way, said: Option<instant_acme::Error>) -> AcmeError {
        let mut authorizations = order.authorizations();
        while let Some(Ok(mut authorization)) = authorizations.next().await {
            let Ok(state) = authorization.refresh().await else { continue };
            let found = state.challenges.iter().find_map(|challenge| challenge.error.as_ref());
            if let Some(problem) = found {
                return way.unproved(self.host, problem.detail.clone().unwrap_or_default());
            }
        }
        match said {
            Some(error) => error.into(),
            None => way.unproved(self.host, "it does not say why".to_owned()),
        }
    }
}

/// How the host is proved to be ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// At the port that visitors come to anyway.
    TlsAlpn,
    /// At the plain port, for authorities that know only that, or where something else speaks TLS in between.
    Http,
}

impl Way {
    /// TLS-ALPN-01, or with `other` HTTP-01; the one that there is, if the authority takes only one.
    fn choose(offered: &[Challenge], other: bool) -> Option<Way> {
        let is_offered = |way: &Way| offered.iter().any(|challenge| challenge.r#type == way.kind());
        let mut ways = [Way::TlsAlpn, Way::Http];
        if other {
            ways.reverse();
        }
        ways.into_iter().find(is_offered)
    }

    fn kind(self) -> ChallengeType {
        match self {
            Way::TlsAlpn => ChallengeType::TlsAlpn01,
            Way::Http => ChallengeType::Http01,
        }
    }

    fn unproved(self, host: &str, detail: String) -> AcmeError {
        let (how, port) = match self {
            Way::TlsAlpn => ("tls-alpn-01", 443),
            Way::Http => ("http-01", 80),
        };
        AcmeError::Unproved { host: host.to_owned(), how, port, detail }
    }
}

/// Whether the authority is there: for `mercer check`, which orders nothing.
pub async fn reach(config: &AcmeConfig) -> Result<(), AcmeError> {
    let http = client::new(config).map_err(AcmeError::Kept)?;
    http.directory(config.directory.as_str()).await.map_err(|cause| AcmeError::Away(with_causes(&*cause)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(kinds: &[&str]) -> Vec<Challenge> {
        let json = |kind: &&str| serde_json::json!({"type": kind, "url": "https://ca.example/1", "token": "t", "status": "pending"});
        kinds.iter().map(|kind| serde_json::from_value(json(kind)).unwrap()).collect()
    }

    #[test]
    fn the_port_of_visitors_proves_first_and_the_plain_one_where_that_failed() {
        let all = offered(&["http-01", "dns-01", "tls-alpn-01"]);
        assert_eq!(Way::choose(&all, false), Some(Way::TlsAlpn));
        assert_eq!(Way::choose(&all, true), Some(Way::Http));
        let one = offered(&["http-01", "dns-01"]);
        assert_eq!(Way::choose(&one, false), Some(Way::Http));
        assert_eq!(Way::choose(&offered(&["tls-alpn-01"]), true), Some(Way::TlsAlpn));
        assert_eq!(Way::choose(&offered(&["dns-01"]), false), None);
    }

    #[test]
    fn what_an_authority_says_tells_what_to_do() {
        let problem = |kind: &str| {
            let json =
                serde_json::json!({"type": format!("urn:ietf:params:acme:error:{kind}"), "detail": "no"});
            AcmeError::from(instant_acme::Error::Api(serde_json::from_value(json).unwrap())).to_string()
        };
        assert!(problem("caa").ends_with("the domain's CAA record must name this authority"));
        assert!(problem("rateLimited").ends_with("which passes by itself"));
        assert!(problem("serverInternal").starts_with("the authority says no: API error: no"));
        let told = Way::Http.unproved("shop.example", "connection refused".to_owned()).to_string();
        assert!(told.contains("port 80") && told.contains("connection refused"), "{told}");
    }
}
