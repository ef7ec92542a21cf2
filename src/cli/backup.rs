//! `mercer backup` and `mercer restore`: an embedded shop as one file.
//!
//! The file is a SQLite database: the store's own, copied in one consistent snapshot while the shop is open, with
//! the merchant's original pictures in a table of their own. Pictures that the store renders are made again.

use std::path::{Component, Path, PathBuf};

use super::out::say;
use super::{Failure, start};
use crate::config::{Config, Env, MediaConfig};
use crate::db::backup;

pub async fn run_backup(env: Env, file: &Path) -> Result<(), Failure> {
    let config = embedded(env)?;
    let database = database_path(&config)?;
    if !database.is_file() {
        return Err(Failure(format!("there is no shop at {}; check MERCER_DATA_DIR", database.display())));
    }
    if file.exists() {
        return Err(Failure(format!("{} exists; choose another name", file.display())));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(Failure(format!("there is no folder {}; make it first", folder.display())));
    }
    let originals = originals(&config)?;
    let part = with_suffix(file, ".part");
    // What a backup that was cut off has left.
    remove_if_there(&part)?;
    let written = write_backup(&config, &part, &originals).await;
    if written.is_err() {
        remove_if_there(&part)?;
    }
    written.map_err(|Failure(why)| Failure(format!("{} can't be written: {why}", file.display())))?;
    std::fs::rename(&part, file)?;
    say!("{}: the shop with {} original pictures", file.display(), originals.len());
    if let MediaConfig::S3(address) = &config.media {
        say!("pictures stay in {address}; the bucket's own versions are their backup");
    }
    Ok(())
}

async fn write_backup(config: &Config, part: &Path, originals: &[(String, Vec<u8>)]) -> Result<(), Failure> {
    backup::copy_database(&config.database.url, part).await?;
    backup::insert_files(part, originals).await?;
    Ok(())
}

fn remove_if_there(path: &Path) -> Result<(), Failure> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure(format!("{} is in the way and can't be removed: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

pub async fn run_restore(env: Env, file: &Path) -> Result<(), Failure> {
    let config = embedded(env)?;
    let database = database_path(&config)?;
    if !file.is_file() {
        return Err(Failure(format!("there is no file {}; check its name", file.display())));
    }
    backup::verify(file).await.map_err(|error| {
        let Failure(why) = Failure::from(error);
        Failure(format!("{} is not a whole backup: {why}; restore another one", file.display()))
    })?;
    std::fs::create_dir_all(&config.data_dir)?;
    if database.exists() {
        backup::verify_unused(&database)
            .await
            .map_err(|_| Failure(format!("{} is in use; stop the server first", database.display())))?;
    }
    // Beside what is there, which is set aside only when everything new lies ready.
    let part = with_suffix(&database, ".part");
    std::fs::copy(file, &part)?;
    let files = backup::take_files(&part).await?;
    for (name, body) in &files {
        if !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(Failure(format!(
                "{} holds a picture called {name:?}, outside of its folder",
                file.display()
            )));
        }
        let path = config.data_dir.join("media").join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, body)?;
    }
    if database.exists() {
        set_aside(&database)?;
    }
    std::fs::rename(&part, &database)?;
    say!("{} is restored with {} original pictures", database.display(), files.len());
    Ok(())
}

fn embedded(env: Env) -> Result<Config, Failure> {
    let config = start::configuration(env)?;
    if config.database.is_embedded() {
        return Ok(config);
    }
    Err(Failure::new(
        "this is for an embedded shop; back PostgreSQL up with pg_dump or your provider's snapshots",
    ))
}

fn database_path(config: &Config) -> Result<PathBuf, Failure> {
    let path = config.database.url.trim_start_matches("sqlite:").trim_start_matches("//");
    let path = path.split('?').next().unwrap_or(path);
    if path.is_empty() || path == ":memory:" {
        return Err(Failure::new("DATABASE_URL names no file"));
    }
    Ok(PathBuf::from(path))
}

/// The merchant's own pictures: name under the media folder, and bytes.
fn originals(config: &Config) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let media = config.data_dir.join("media");
    let mut found = Vec::new();
    let Ok(folders) = std::fs::read_dir(&media) else { return Ok(found) };
    for folder in folders {
        let folder = folder?.path();
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry?.path();
            let is_original = path.file_stem().is_some_and(|stem| stem == "original");
            if let (true, Ok(name)) = (is_original, path.strip_prefix(&media)) {
                found.push((name.display().to_string(), std::fs::read(&path)?));
            }
        }
    }
    Ok(found)
}

/// Keeps what is there: `store.db` becomes `store.db.before-restore-1`, its log files go with it.
fn set_aside(database: &Path) -> Result<(), Failure> {
    let free = (1..1000).find(|n| !with_suffix(database, &format!(".before-restore-{n}")).exists());
    let free = free.ok_or_else(|| Failure::new("too many old copies beside the database; remove some"))?;
    for suffix in ["", "-wal", "-shm"] {
        let from = with_suffix(database, suffix);
        if from.exists() {
            std::fs::rename(&from, with_suffix(database, &format!(".before-restore-{free}{suffix}")))?;
        }
    }
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
