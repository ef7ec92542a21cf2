//! Runs that were cut off, files that somebody changed, and folders that are none of ours.

use std::path::Path;
use std::process::{Command, Output};

use mercer::export::export;
use mercer::outside::objects::{Folder, Objects};
use mercer::shop::catalogue::save_product;

use super::world::{World, draft};
use crate::support::{TestStore, shelf};

/// What a process leaves that was killed between its first and its last file.
fn cut_off(world: &World) {
    let manifest = world.read("mercer-export.json");
    let under_way = manifest.replace("\"complete\":true", "\"complete\":false");
    assert_ne!(under_way, manifest);
    std::fs::write(world.path("mercer-export.json"), under_way).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_completes_what_was_cut_off() {
    let store = TestStore::sqlite().await;
    let world = World::new(&store).await;
    let first = world.export(&store).await;
    let files = world.files();
    // A change went out with the run that was cut off and was taken back before the next one.
    std::fs::write(world.path("p/strap-1/index.html"), "newer than the manifest says").unwrap();
    std::fs::create_dir_all(world.path("p/gone")).unwrap();
    std::fs::write(world.path("p/gone/index.html"), "no manifest names me").unwrap();
    std::fs::write(world.path("assets/.77-0.part"), "half").unwrap();
    std::fs::remove_file(world.path("index.html")).unwrap();
    cut_off(&world);
    let second = world.export(&store).await;
    assert_eq!((second.rendered, second.removed), (first.pages, 2), "{second:?}");
    assert_eq!(second.written, 2, "what was changed and what was missing: {second:?}");
    assert_eq!(world.files(), files);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_run_that_fails_is_completed() {
    let store = TestStore::sqlite().await;
    let world = World::new(&store).await;
    // A folder where a file has to be stops the run in its middle.
    let in_the_way = world.path("p/strap-7/index.html/x");
    std::fs::create_dir_all(in_the_way.parent().unwrap()).unwrap();
    let objects = || Objects::Folder(Folder::new(world.folder()));
    export(&store.app, objects(), |_, _, _| {}).await.unwrap_err();
    let manifest = world.read("mercer-export.json");
    assert!(manifest.contains("\"complete\":false"), "{manifest}");
    std::fs::remove_dir(in_the_way.parent().unwrap()).unwrap();
    let report = world.export(&store).await;
    assert!(world.path("p/strap-7/index.html").is_file());
    assert_eq!(report.rendered, report.pages);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_or_cut_short_is_made_again() {
    let store = TestStore::sqlite().await;
    let world = World::new(&store).await;
    world.export(&store).await;
    let files = world.files();
    let picture = files.keys().find(|key| key.starts_with("media/")).unwrap().clone();
    std::fs::write(world.path("p/strap-1/index.html"), "").unwrap();
    std::fs::remove_file(world.path(&picture)).unwrap();
    let again = world.export(&store).await;
    assert_eq!((again.rendered, again.written), (1, 2), "the page, the picture and config.json's same bytes");
    assert_eq!(world.files(), files);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_somebody_elses_stays() {
    let store = TestStore::sqlite().await;
    let world = World::new(&store).await;
    world.export(&store).await;
    std::fs::write(world.path("CNAME"), "shop.example").unwrap();
    shelf::put(&store.app, &draft(&world.category_id, "another")).await;
    world.export(&store).await;
    cut_off(&world);
    world.export(&store).await;
    assert_eq!(world.read("CNAME"), "shop.example");
}

fn mercer(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mercer"));
    for name in ["DATABASE_URL", "REDIS_URL"] {
        command.env_remove(name);
    }
    command.args(arguments).env("MERCER_DATA_DIR", folder).env("MERCER_LOG", "error").output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_none_of_ours_is_refused() {
    let store = TestStore::sqlite().await;
    let world = World::new(&store).await;
    std::fs::create_dir_all(world.folder()).unwrap();
    std::fs::write(world.path("thesis.txt"), "years of work").unwrap();
    let target = world.folder().display().to_string();
    let output = mercer(store.dir.path(), &["export", &target]);
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), complaint.lines().count()), (Some(1), 1), "{complaint}");
    assert!(complaint.contains("it is not empty"), "{complaint}");
    assert_eq!(std::fs::read_dir(world.folder()).unwrap().count(), 1, "nothing was written");

    std::fs::remove_file(world.path("thesis.txt")).unwrap();
    let output = mercer(store.dir.path(), &["export", &target]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains(" pages, ") && said.contains(" 0 removed"), "{said}");
    assert!(world.path("p/new-name/index.html").is_file());
    let csv = world.path("products.csv").display().to_string();
    for wrong in [&["export"][..], &["export", &target, "--csv", &csv]] {
        assert_eq!(mercer(store.dir.path(), wrong).status.code(), Some(2), "{wrong:?}");
    }
    let output = mercer(store.dir.path(), &["export", &world.path("robots.txt").display().to_string()]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("is a file; name a folder"), "{output:?}");
    let output = mercer(store.dir.path(), &["export", "s3://UPPER CASE"]);
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(complaint.contains("is no bucket; write s3://BUCKET"), "{complaint}");
    assert!(
        save_product(&store.app, None, &draft(&world.category_id, "open")).await.is_ok(),
        "the shop lives"
    );
}
