//! The fake CloudFront's own rules, asked over its wire.

use std::time::Duration;

use super::client::{self, Answer};
use super::cloudfront::{CloudFront, DISTRIBUTION, Fault};

const SIGNED: (&str, &str) = ("Authorization", "AWS4-HMAC-SHA256 Credential=test");

fn batch(reference: &str, quantity: usize, items: &[&str]) -> String {
    let paths: String = items.iter().map(|i| format!("<Path>{i}</Path>")).collect();
    format!(
        "<InvalidationBatch xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\"><Paths><Quantity>{quantity}\
         </Quantity><Items>{paths}</Items></Paths><CallerReference>{reference}</CallerReference></InvalidationBatch>"
    )
}

async fn post(fake: &CloudFront, body: &str) -> Result<Answer, client::Unanswered> {
    let path = format!("/2020-05-31/distribution/{DISTRIBUTION}/invalidation");
    client::send(fake.port, "POST", &path, &[SIGNED], body.as_bytes()).await
}

/// Fails unless the body is refused with this status and code.
async fn refused(fake: &CloudFront, body: &str, status: u16, code: &str) {
    let answer = post(fake, body).await.unwrap();
    assert_eq!(answer.status, status, "{}", answer.text());
    assert!(answer.text().contains(&format!("<Code>{code}</Code>")), "{code}: {}", answer.text());
}

fn between<'a>(text: &'a str, name: &str) -> &'a str {
    text.split_once(&format!("<{name}>")).unwrap().1.split_once('<').unwrap().0
}

pub async fn run() {
    judges_what_it_is_sent().await;
    repeats_and_refuses_references().await;
    limits_what_is_in_progress().await;
    fails_on_demand().await;
    println!("ok the fake CloudFront keeps its rules");
}

async fn judges_what_it_is_sent() {
    let fake = CloudFront::start(Vec::new(), Duration::from_millis(200)).await;
    let path = format!("/2020-05-31/distribution/{DISTRIBUTION}/invalidation");
    let unsigned =
        client::send(fake.port, "POST", &path, &[], batch("r", 1, &["/a"]).as_bytes()).await.unwrap();
    assert_eq!(unsigned.status, 403);
    let elsewhere = "/2020-05-31/distribution/OTHER/invalidation";
    let answer = client::send(fake.port, "POST", elsewhere, &[SIGNED], b"x").await.unwrap();
    assert_eq!((answer.status, between(&answer.text(), "Code")), (404, "NoSuchDistribution"));
    refused(&fake, "", 400, "MissingBody").await;
    refused(&fake, "<InvalidationBatch/>", 400, "InvalidArgument").await;
    refused(&fake, &batch("r", 2, &["/a"]), 400, "InconsistentQuantities").await;
    refused(&fake, &batch("", 1, &["/a"]), 400, "InvalidArgument").await;
    refused(&fake, &batch("r", 0, &[]), 400, "InvalidArgument").await;
    let long_tag = format!("#{}", "t".repeat(257));
    let long_path = format!("/{}", "p".repeat(4_000));
    for wrong in ["a", "/a*b", "*", "#", "#a,b", "#a b", "#ä", &long_tag, &long_path] {
        refused(&fake, &batch("r", 1, &[wrong]), 400, "InvalidArgument").await;
    }
    for (number, right) in ["/", "/a*", "/*", "#s", "#p0-!~", &long_tag[..257]].into_iter().enumerate() {
        let answer = post(&fake, &batch(&format!("right-{number}"), 1, &[right])).await.unwrap();
        assert_eq!(answer.status, 201, "{right}: {}", answer.text());
    }
}

async fn repeats_and_refuses_references() {
    let fake = CloudFront::start(Vec::new(), Duration::from_millis(200)).await;
    let first = post(&fake, &batch("one", 2, &["#s", "/a&amp;b"])).await.unwrap();
    let (text, id) = (first.text(), between(&first.text(), "Id").to_owned());
    assert!(first.header("location").ends_with(&format!("/{DISTRIBUTION}/invalidation/{id}")), "{first:?}");
    assert_eq!((between(&text, "Status"), between(&text, "Quantity")), ("InProgress", "2"));
    assert_eq!(fake.invalidations()[0].items, ["#s", "/a&b"]);
    let again = post(&fake, &batch("one", 2, &["#s", "/a&amp;b"])).await.unwrap();
    assert_eq!((again.status, between(&again.text(), "Id")), (201, &*id));
    refused(&fake, &batch("one", 1, &["#s"]), 400, "InvalidationBatchAlreadyExists").await;
    assert_eq!(fake.invalidations().len(), 1);

    let path = format!("/2020-05-31/distribution/{DISTRIBUTION}/invalidation");
    let of = async |id: &str| client::get(fake.port, &format!("{path}/{id}"), &[SIGNED]).await.unwrap();
    assert_eq!(of("NOWHERE").await.status, 404);
    while between(&of(&id).await.text(), "Status") != "Completed" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let list = client::get(fake.port, &path, &[SIGNED]).await.unwrap().text();
    assert!(list.contains("<Quantity>1</Quantity>") && list.contains(&id), "{list}");
}

async fn limits_what_is_in_progress() {
    let fake = CloudFront::start(Vec::new(), Duration::from_secs(600)).await;
    let stars: Vec<String> = (0..15).map(|n| format!("/w{n}*")).collect();
    let stars: Vec<&str> = stars.iter().map(String::as_str).collect();
    assert_eq!(post(&fake, &batch("stars", 15, &stars)).await.unwrap().status, 201);
    refused(&fake, &batch("star", 1, &["/one*"]), 400, "TooManyInvalidationsInProgress").await;
    let tags: Vec<String> = (0..3_000).map(|n| format!("#t{n}")).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    for (number, part) in tags.chunks(1_000).enumerate() {
        let body = batch(&format!("tags-{number}"), part.len(), part);
        assert_eq!(post(&fake, &body).await.unwrap().status, 201);
    }
    refused(&fake, &batch("tag", 1, &["#one"]), 400, "TooManyInvalidationsInProgress").await;
}

async fn fails_on_demand() {
    let fake = CloudFront::start(Vec::new(), Duration::from_millis(10)).await;
    fake.will(&[Fault::Error, Fault::Busy, Fault::LostAnswer]);
    let body = batch("one", 1, &["#s"]);
    refused(&fake, &body, 500, "ServiceUnavailable").await;
    refused(&fake, &body, 400, "TooManyInvalidationsInProgress").await;
    assert!(post(&fake, &body).await.is_err());
    assert_eq!(fake.invalidations().len(), 1, "the lost answer's work was done");
    assert_eq!(post(&fake, &body).await.unwrap().status, 201);
    assert_eq!(fake.creations(), [500, 400, 0, 201]);
    fake.die(true);
    assert!(post(&fake, &body).await.is_err());
}
