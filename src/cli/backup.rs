//! `mercer backup` and `mercer restore`: an embedded shop as one file.
//!
//! The file is a SQLite database: the store's own, copied in one consistent snapshot while the shop is open, with
//! the merchant's original pictures in a table of their own. Pictures that the store renders are made again.

use std::path::{Path, PathBuf};

use super::{Failure, start};
use crate::config::{Config, Env};
use crate::db::backup;

pub async fn run_backup(env: Env, file: &Path) -> Result<(), Failure> {
    let config = embedded(env)?;
    if file.exists() {
        return Err(Failure(format!("{} exists; choose another name", file.display())));
    }
    let part = with_suffix(file, ".part");
    let originals = originals(&config)?;
    backup::copy_database(&config.database.url, &part).await?;
    backup::insert_files(&part, &originals).await?;
    std::fs::rename(&part, file)?;
    println!("{}: the shop with {} original pictures", file.display(), originals.len());
    Ok(())
}

pub async fn run_restore(env: Env, file: &Path) -> Result<(), Failure> {
    let config = embedded(env)?;
    let database = database_path(&config)?;
    backup::verify(file)
        .await
        .map_err(|e| Failure(format!("{} is not a whole backup: {e}", file.display())))?;
    std::fs::create_dir_all(&config.data_dir)?;
    if database.exists() {
        backup::verify_unused(&database)
            .await
            .map_err(|_| Failure(format!("{} is in use; stop the server first", database.display())))?;
        set_aside(&database)?;
    }
    let part = with_suffix(&database, ".part");
    std::fs::copy(file, &part)?;
    let files = backup::take_files(&part).await?;
    for (name, body) in &files {
        let path = config.data_dir.join("media").join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, body)?;
    }
    std::fs::rename(&part, &database)?;
    println!("{} is restored with {} original pictures", database.display(), files.len());
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
