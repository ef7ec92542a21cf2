//! What is kept of an authority: the account, the certificates, and when they were ordered. Each authority has a folder
//! of its own and each host a file in it, so that trying a test authority first leaves nothing in the way.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use url::Url;

use super::pace::Orders;
use crate::config::AcmeConfig;

/// See the module.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
    host: String,
}

impl Folder {
    /// Makes it where it is missing; only the shop's own user may look into it.
    /// Errors, as those of all other functions: a sentence that names the file.
    pub fn open(config: &AcmeConfig, host: &str) -> Result<Folder, String> {
        let root = config.folder.join(name_of(&config.directory));
        DirBuilder::new().recursive(true).mode(0o700).create(&root).map_err(|error| told(&root, &error))?;
        Ok(Folder { root, host: host.to_owned() })
    }

    /// The chain and its key as one PEM.
    pub fn certificate(&self) -> Result<Option<Vec<u8>>, String> {
        self.read(&format!("{}.pem", self.host))
    }

    pub fn write_certificate(&self, pem: &str) -> Result<(), String> {
        self.write(&format!("{}.pem", self.host), pem.as_bytes())
    }

    /// The account as JSON.
    pub fn account(&self) -> Result<Option<Vec<u8>>, String> {
        self.read("account.json")
    }

    pub fn write_account(&self, json: &[u8]) -> Result<(), String> {
        self.write("account.json", json)
    }

    pub fn forget_account(&self) -> Result<(), String> {
        let path = self.root.join("account.json");
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(told(&path, &error)),
            _ => Ok(()),
        }
    }

    pub fn orders(&self) -> Result<Orders, String> {
        let text = self.read("orders")?.unwrap_or_default();
        Ok(Orders::parse(&String::from_utf8_lossy(&text)))
    }

    pub fn write_orders(&self, orders: &Orders) -> Result<(), String> {
        self.write("orders", orders.to_text().as_bytes())
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let path = self.root.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(told(&path, &error)),
        }
    }

    /// Whole or not at all, for the shop's own user alone.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let (path, part) = (self.root.join(name), self.root.join(format!("{name}.part")));
        replace(&path, &part, bytes).map_err(|error| told(&path, &error))
    }
}

fn replace(path: &Path, part: &Path, bytes: &[u8]) -> io::Result<()> {
    // What a crash left behind may have another mode.
    if let Err(error) = fs::remove_file(part)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(part, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

fn told(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}; let the shop's user write there, or set MERCER_DATA_DIR", path.display())
}

/// The address without its scheme, in letters that every file system takes.
fn name_of(directory: &Url) -> String {
    let address = directory.as_str().split_once("://").map_or("", |(_, rest)| rest);
    address
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn config(folder: &Path, directory: &str) -> AcmeConfig {
        AcmeConfig {
            contact: "you@shop.example".to_owned(),
            directory: Url::parse(directory).unwrap(),
            ca_file: None,
            folder: folder.to_owned(),
        }
    }

    #[test]
    fn what_is_kept_is_whole_and_nobody_elses() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("tls");
        let folder = Folder::open(&config(&root, "https://ca.example:14000/dir"), "shop.example").unwrap();
        assert_eq!(folder.certificate(), Ok(None));
        let kept = root.join("ca.example_14000_dir");
        // A half file of a crash, readable by all.
        fs::write(kept.join("shop.example.pem.part"), "half").unwrap();
        folder.write_certificate("first").unwrap();
        folder.write_certificate("second").unwrap();
        folder.write_account(b"{}").unwrap();
        assert_eq!(folder.certificate().unwrap().unwrap(), b"second");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&kept), 0o700);
        for name in ["shop.example.pem", "account.json"] {
            assert_eq!(mode(&kept.join(name)), 0o600, "{name}");
        }
        assert_eq!(fs::read_dir(&kept).unwrap().count(), 2, "no half file is left");
        folder.forget_account().unwrap();
        folder.forget_account().unwrap();
        assert_eq!(folder.account(), Ok(None));
        // Another authority, another host: nothing is there yet.
        let other = Folder::open(&config(&root, "https://staging.example/dir"), "shop.example").unwrap();
        assert_eq!(other.certificate(), Ok(None));
    }

    #[test]
    fn a_folder_that_is_none_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let told = Folder::open(&config(&file, "https://ca.example/dir"), "shop.example").unwrap_err();
        assert!(told.contains("file/ca.example_dir") && told.contains("MERCER_DATA_DIR"), "{told}");
    }
}
