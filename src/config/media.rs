//! Where pictures are kept.

use std::fmt;
use std::path::{Path, PathBuf};

use super::Env;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaConfig {
    /// `<MERCER_DATA_DIR>/media`
    Folder(PathBuf),
    /// `MERCER_MEDIA_URL`: shared by all processes of a shop.
    S3(S3Address),
}

/// A bucket, or what of it begins with a prefix: `s3://BUCKET[/PREFIX]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Address {
    pub bucket: String,
    /// Without slashes around it; may be empty.
    pub prefix: String,
}

/// What an address must look like, for messages.
pub const S3_FORM: &str = "s3://BUCKET or s3://BUCKET/PREFIX, of letters, digits and . - _ /";

impl MediaConfig {
    pub fn from_env(env: &mut Env, data_dir: &Path) -> MediaConfig {
        let folder = MediaConfig::Folder(data_dir.join("media"));
        let Some(text) = env.text("MERCER_MEDIA_URL") else { return folder };
        S3Address::parse(&text).map(MediaConfig::S3).unwrap_or_else(|| {
            env.wrong("MERCER_MEDIA_URL", S3_FORM);
            folder
        })
    }
}

impl S3Address {
    /// None for what is no such address. Keys need no encoding in an address: what would is refused here.
    pub fn parse(text: &str) -> Option<S3Address> {
        let rest = text.strip_prefix("s3://")?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let is_part = |part: &str| !part.chars().all(|c| c == '.') && part.chars().all(is_plain);
        let is_bucket = (3..=63).contains(&bucket.len()) && is_part(bucket);
        let is_prefix = prefix.is_empty() || prefix.split('/').all(is_part);
        (is_bucket && is_prefix).then(|| S3Address { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }

    /// The object's name in the bucket.
    pub fn key(&self, key: &str) -> String {
        if self.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.prefix) }
    }
}

impl fmt::Display for S3Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        write!(f, "s3://{}{slash}{}", self.bucket, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_bucket_and_a_prefix() {
        for (text, bucket, prefix) in [
            ("s3://shop-media", "shop-media", ""),
            ("s3://shop-media/", "shop-media", ""),
            ("s3://shop.media/a/b_c", "shop.media", "a/b_c"),
            ("s3://shop.media/a/", "shop.media", "a"),
        ] {
            let address = S3Address::parse(text).unwrap();
            assert_eq!((address.bucket.as_str(), address.prefix.as_str()), (bucket, prefix), "{text}");
        }
        for text in [
            "shop-media",
            "s3:shop-media",
            "s3://",
            "s3://ab",
            "s3://..../x",
            "s3://shop/../etc",
            "s3://shop//x",
            "s3://shop/a b",
            "s3://shop/ä",
            "https://shop.example",
        ] {
            assert_eq!(S3Address::parse(text), None, "{text}");
        }
        let address = S3Address::parse("s3://shop/a").unwrap();
        assert_eq!((address.key("x/y"), address.to_string()), ("a/x/y".to_owned(), "s3://shop/a".to_owned()));
        assert_eq!(S3Address::parse("s3://shop").unwrap().key("x"), "x");
    }
}
