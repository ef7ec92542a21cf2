//! The commands, run as an operator runs them, with what an operator does wrong: one line that says what and what to
//! do, the right exit code, and nothing lost.

use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use tempfile::TempDir;

use crate::support::TestStore;

/// The program on a data folder, with nothing else set.
fn mercer(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mercer"));
    let own = std::env::vars_os()
        .filter(|(name, _)| ["DATABASE", "REDIS"].iter().any(|p| name.to_string_lossy().starts_with(p)));
    for (name, _) in own {
        command.env_remove(name);
    }
    command.args(arguments).env("MERCER_DATA_DIR", folder).env("MERCER_LOG", "error").stdin(Stdio::null());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    mercer(folder, arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// It failed with exactly one line, which says this.
#[track_caller]
fn expect_failure(output: &Output, says: &str) {
    let complaint = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    assert!(complaint.starts_with("mercer: ") && complaint.contains(says), "{complaint}");
}

#[track_caller]
fn expect_success(output: &Output, says: &str) {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains(says), "{}", text(&output.stdout));
}

#[test]
fn wrong_usage_is_2() {
    let folder = TempDir::new().unwrap();
    for arguments in [
        &[][..],
        &["dance"],
        &["serve", "--fast"],
        &["import"],
        &["demo", "shoes"],
        &["order", "show", "abc"],
        &["order", "list", "--limit", "0"],
        &["job", "retry"],
        &["job", "retry", "x", "--all"],
        &["export"],
    ] {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        // A missing or unknown word shows the usage; a wrong value says what is wrong with it.
        let told = text(&output.stderr);
        assert!(told.contains("Usage:") || told.starts_with("error: invalid value"), "{arguments:?}: {told}");
    }
    assert!(!folder.path().join("store.db").exists(), "nothing was made");
}

#[test]
fn a_wrong_environment_is_told_in_one_line() {
    let folder = TempDir::new().unwrap();
    for (name, value, says) in [
        (
            "DATABASE_URL",
            "mysql://shop:hunter2@db/shop",
            "DATABASE_URL is \"mysql://…\"; it wants sqlite://PATH",
        ),
        ("DATABASE_URL", "postgres://127.0.0.1:1/x", "MERCER_SECRET_KEY"),
        ("MERCER_LISTEN", "here", "MERCER_LISTEN is \"here\"; it wants an address such as"),
        ("MERCER_CONNECTIONS", "0", "MERCER_CONNECTIONS is \"0\"; it wants a number of connections"),
        ("MERCER_REQUESTS", "many", "MERCER_REQUESTS is \"many\"; it wants a number of requests"),
        ("MERCER_METRICS_TOKEN", "short", "MERCER_METRICS_TOKEN is a value (hidden); it wants at least 16"),
        ("REDIS_URL", "127.0.0.1:6379", "REDIS_URL is \"127.0.0.1:6379\"; it wants redis://"),
        ("REDIS_URL", "http://shop:hunter2@cache", "REDIS_URL is \"http://…\"; it wants redis://"),
        ("MERCER_LISTN", "127.0.0.1:80", "did you mean MERCER_LISTEN?"),
        ("MERCER_TLS_LISTEN", "443", "MERCER_TLS_LISTEN is \"443\"; it wants an address such as [::]:443"),
        ("MERCER_TLS_LISTEN", "127.0.0.1:443", "MERCER_PUBLIC_URL is nothing; it wants an https origin"),
        ("MERCER_TLS_LISTEN", "127.0.0.1:443", "MERCER_ACME_CONTACT is nothing; it wants a mail address"),
        ("MERCER_ACME_CONTACT", "you@shop.example", "it wants MERCER_TLS_LISTEN to be set too"),
        ("DATABASE_URL", "sqlite:///no/such/folder/store.db", "the database can't be opened"),
    ] {
        for command in [&["serve"][..], &["doctor"], &["migrate"]] {
            let output = mercer(folder.path(), command).env(name, value).output().unwrap();
            expect_failure(&output, says);
            assert!(!text(&output.stderr).contains("hunter2"));
        }
    }
    let unreachable = mercer(folder.path(), &["migrate"])
        .env("DATABASE_URL", "postgres://shop:hunter2@127.0.0.1:1/x")
        .env("MERCER_SECRET_KEY", "0".repeat(32))
        .output()
        .unwrap();
    expect_failure(&unreachable, "check DATABASE_URL");
    assert!(!text(&unreachable.stderr).contains("hunter2"));
}

#[test]
fn check_has_a_line_for_redis() {
    let folder = TempDir::new().unwrap();
    expect_success(&run(folder.path(), &["check"]), "ok      redis: none; logins are kept in the database");
    let shared = std::env::var("TEST_REDIS_URL").expect("TEST_REDIS_URL names a Redis server for tests");
    let answers = mercer(folder.path(), &["check"]).env("REDIS_URL", shared).output().unwrap();
    expect_success(&answers, "ok      redis: answers");
    for gone in ["redis://:hunter2@127.0.0.1:1", "rediss://shop:hunter2@127.0.0.1:1/3"] {
        let output = mercer(folder.path(), &["check"]).env("REDIS_URL", gone).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let told = text(&output.stdout);
        assert!(told.contains("FAILED  redis: ") && told.contains("; check REDIS_URL"), "{told}");
        assert!(!told.contains("hunter2") && !text(&output.stderr).contains("hunter2"), "{told}");
        // The shop itself starts without it.
        expect_success(
            &mercer(folder.path(), &["doctor"]).env("REDIS_URL", gone).output().unwrap(),
            "ok      ",
        );
    }
}

#[test]
fn check_has_a_line_for_tls() {
    let folder = TempDir::new().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["shop.example".to_owned()]).unwrap();
    let pem = |name: &str, label: &str, der: &[u8]| {
        let body = base64::engine::general_purpose::STANDARD.encode(der);
        let path = folder.path().join(name);
        std::fs::write(&path, format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")).unwrap();
        path
    };
    let chain = pem("chain.pem", "CERTIFICATE", made.cert.der());
    let key = pem("key.pem", "PRIVATE KEY", made.signing_key.serialized_der());
    let check = |url: &str, vars: &[(&str, &str)]| {
        let mut command = mercer(folder.path(), &["check"]);
        command.env("MERCER_TLS_LISTEN", "127.0.0.1:443").env("MERCER_PUBLIC_URL", url);
        command.envs(vars.iter().copied()).output().unwrap()
    };
    let own =
        [("MERCER_TLS_CERTIFICATE", chain.to_str().unwrap()), ("MERCER_TLS_KEY", key.to_str().unwrap())];
    let good = check("https://shop.example", &own);
    expect_success(&good, "ok      tls: the certificate for shop.example is valid until ");
    for (url, vars, says) in [
        ("https://other.example", &own[..], "the first certificate is not for other.example"),
        (
            "https://shop.example",
            &[own[0], ("MERCER_TLS_KEY", "/no/such/key")],
            "MERCER_TLS_KEY=/no/such/key",
        ),
        (
            "https://shop.example",
            &[
                ("MERCER_ACME_CONTACT", "you@shop.example"),
                ("MERCER_ACME_DIRECTORY", "https://127.0.0.1:1/dir"),
            ],
            "see that this machine reaches MERCER_ACME_DIRECTORY",
        ),
    ] {
        let output = check(url, vars);
        let told = text(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("FAILED  tls: ") && told.contains(says), "{told}");
    }
}

#[test]
fn folders_and_databases_that_are_none() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a-file");
    std::fs::write(&file, "not a folder").unwrap();
    expect_failure(&run(&file, &["serve"]), "set MERCER_DATA_DIR");
    expect_failure(&run(&file.join("below"), &["migrate"]), "set MERCER_DATA_DIR");

    let broken = folder.path().join("store.db");
    let bytes = b"this is no database at all, but somebody's letter".repeat(100);
    std::fs::write(&broken, &bytes).unwrap();
    for command in [&["serve"][..], &["migrate"], &["doctor"], &["order", "list"]] {
        expect_failure(&run(folder.path(), command), "check DATABASE_URL");
    }
    assert_eq!(std::fs::read(&broken).unwrap(), bytes, "nobody touched it");
}

#[test]
fn a_port_in_use_is_named() {
    let folder = TempDir::new().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = mercer(folder.path(), &["serve"]).env("MERCER_LISTEN", &address).output().unwrap();
    expect_failure(&output, "set MERCER_LISTEN to another address");
    drop(taken);
    let output = mercer(folder.path(), &["healthcheck"]).env("MERCER_LISTEN", &address).output().unwrap();
    expect_failure(&output, "does not answer");
}

#[test]
fn files_that_are_no_products() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(path(name), bytes).unwrap();
        path(name).display().to_string()
    };
    expect_failure(&run(folder.path(), &["import", "/no/such/file.csv"]), "check the file's name");
    expect_failure(&run(folder.path(), &["import", folder.path().to_str().unwrap()]), "can't be read");
    for (name, bytes, says) in [
        ("empty.csv", &b""[..], "the file is empty"),
        ("blank.csv", b"\xef\xbb\xbf\r\n\r\n", "the file is empty"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "the file is not UTF-8"),
        ("zeros.csv", &[0; 4096], "the file is not text"),
        ("letter.csv", b"Dear Sir or Madam,\nplease find enclosed", "no known dialect"),
        ("latin1.csv", b"handle,title\na,Stra\xdfe\n", "line 2: the file is not UTF-8"),
    ] {
        expect_failure(&run(folder.path(), &["import", &write(name, bytes)]), says);
    }
    let good = "\u{feff}handle;title;sku;price;stock\r\nwatch;Watch;W-1;10.00;3\r\n";
    let good = write("excel.csv", good.as_bytes());
    expect_success(&run(folder.path(), &["import", &good, "--dry-run"]), "would be created 1");
    expect_success(&run(folder.path(), &["import", &good]), "created 1");
    expect_success(&run(folder.path(), &["import", &good]), "skipped 1");

    let one = write("one.csv", b"handle,title,sku,price,stock\nring,Ring,R-1,cheap,3\nhat,Hat,H-1,5.00,1\n");
    let output = run(folder.path(), &["import", &one]);
    expect_failure(&output, "one mistake: ");
    assert!(text(&output.stdout).contains("line 2: price:") && text(&output.stdout).contains("created 1"));
    let output = run(folder.path(), &["import", &one, "--images", "/no/such/folder"]);
    expect_failure(&output, "--images /no/such/folder is not a folder");
    expect_failure(
        &run(folder.path(), &["export", "--csv", "/no/such/folder/x.csv"]),
        "choose another place",
    );
}

#[test]
fn orders_and_jobs_that_are_none() {
    let folder = TempDir::new().unwrap();
    expect_failure(&run(folder.path(), &["migrate", "--check"]), "run `mercer migrate`");
    expect_success(&run(folder.path(), &["migrate"]), "up to date");
    expect_failure(&run(folder.path(), &["order", "show", "10001"]), "there is no order 10001");
    expect_failure(&run(folder.path(), &["order", "paid", "10001"]), "`mercer order list` shows them");
    expect_failure(&run(folder.path(), &["order", "list", "--state", "lost"]), "there is no state \"lost\"");
    expect_failure(&run(folder.path(), &["job", "retry", "x"]), "no job x was given up");
    expect_failure(&run(folder.path(), &["job", "drop", "x"]), "`mercer job list` shows them");
    expect_success(&run(folder.path(), &["job", "retry", "--all"]), "0 jobs are tried again");
    expect_success(&run(folder.path(), &["job", "list"]), "LAST ERROR");
    expect_success(&run(folder.path(), &["order", "list"]), "NUMBER");
    expect_success(&run(folder.path(), &["doctor"]), "ok      ");
}

#[test]
fn nobody_is_left_to_read() {
    let folder = TempDir::new().unwrap();
    for arguments in [&["openapi"][..], &["doctor"], &["order", "list"], &["check"]] {
        let mut child =
            mercer(folder.path(), arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut complaint = String::new();
        child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments:?}: {complaint}");
        assert_eq!(complaint, "", "{arguments:?}");
    }
    // A log that nobody reads is no reason to fail either, and neither is a complaint.
    let mut child = mercer(folder.path(), &["order", "show", "1"]).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = mercer(folder.path(), &["openapi"]).stdout(full).output().unwrap();
    expect_failure(&output, "standard output can't be written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_shop_is_not_restored_over() {
    let shop = TestStore::sqlite().await;
    let folder = shop.dir.path();
    let backup = folder.join("backup.db");
    let file = backup.to_str().unwrap();
    expect_success(&run(folder, &["backup", file]), "0 original pictures");
    let copy = std::fs::read(&backup).unwrap();
    expect_failure(&run(folder, &["backup", file]), "exists; choose another name");
    assert_eq!(std::fs::read(&backup).unwrap(), copy, "the first copy is whole");
    expect_failure(&run(folder, &["backup", "/no/such/folder/b.db"]), "there is no folder /no/such/folder");
    expect_failure(&run(folder, &["restore", file]), "stop the server first");
    expect_failure(&run(folder, &["restore", "/no/such/file"]), "check its name");
    let letter = folder.join("letter");
    std::fs::write(&letter, "Dear Sir or Madam").unwrap();
    expect_failure(&run(folder, &["restore", letter.to_str().unwrap()]), "is not a whole backup");
    let store = folder.join("store.db");
    expect_failure(&run(folder, &["restore", store.to_str().unwrap()]), "is not a whole backup");
    shop.client().get("/healthz").await.expect(200);
    shop.app.reload_settings().await.unwrap();

    shop.app.db.close().await;
    expect_success(&run(folder, &["restore", file]), "is restored");
    assert!(folder.join("store.db.before-restore-1").exists(), "what was there is kept");
    expect_success(&run(folder, &["doctor"]), "ok      ");
    let left = |ending: &str| {
        let names = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().ends_with(ending)).count()
    };
    assert_eq!(left(".part"), 0, "no half file is left behind");
    let nowhere = TempDir::new().unwrap();
    expect_failure(&run(nowhere.path(), &["backup", file]), "there is no shop at");
}
