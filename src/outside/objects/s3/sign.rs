//! AWS's signature, version 4, in the form that S3 wants: the body is signed too, and the path as it is sent.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;

/// Who signs, where and when.
pub struct Scope<'a> {
    pub region: &'a str,
    pub now_ms: i64,
    pub credentials: Credentials,
}

/// The headers that sign the request. The error is a reason for people.
pub fn headers(
    scope: Scope<'_>,
    method: &str,
    url: &str,
    headers: &[(&'static str, String)],
    body: &[u8],
) -> Result<Vec<(String, String)>, String> {
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    let identity = scope.credentials.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name("s3")
        .time(UNIX_EPOCH + Duration::from_millis(u64::try_from(scope.now_ms).unwrap_or(0)))
        .settings(settings)
        .build()
        .map_err(|error| error.to_string())?
        .into();
    let signed = headers.iter().map(|(name, value)| (*name, value.as_str()));
    let request = SignableRequest::new(method, url, signed, SignableBody::Bytes(body));
    let request = request.map_err(|error| error.to_string())?;
    let (instructions, _) = sign(request, &params).map_err(|error| error.to_string())?.into_parts();
    Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of AWS's own documentation of S3 ("GET Object").
    #[test]
    fn the_documented_example_is_signed_as_documented() {
        let credentials = Credentials::new(
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            None,
            None,
            "test",
        );
        let scope = Scope { region: "us-east-1", now_ms: 1_369_353_600_000, credentials };
        let range = [("range", "bytes=0-9".to_owned())];
        let url = "https://examplebucket.s3.amazonaws.com/test.txt";
        let headers = headers(scope, "GET", url, &range, b"").unwrap();
        let find = |name: &str| headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value);
        assert_eq!(find("x-amz-date"), "20130524T000000Z");
        let signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
        assert!(find("authorization").ends_with(&format!("Signature={signature}")), "{headers:?}");
    }
}
