//! The SQL of purges, their rounds, serving processes and spending.

use mercer::db::Conn;
use mercer::db::changes::{find_newest_change, insert_changes};
use mercer::db::nodes::{self, Leader, Node};
use mercer::db::purges::{self, Ending, NewPurge, Waiting};
use mercer::domain::purge::PurgeMode;
use mercer::domain::purge::batch::Reason;
use mercer::domain::tag::Tag;

use crate::support::both_engines;
use crate::support::shelf::{put, put_category, simple};

fn purge<'a>(id: &'a str, items: &'a [String], rounds: u32) -> NewPurge<'a> {
    NewPurge {
        id,
        items,
        mode: PurgeMode::Proved,
        rounds,
        reason: Reason::Changes,
        newest_change: 3,
        oldest_at: 100,
        seen_at: 150,
    }
}

async fn append(conn: &mut Conn, tags: &[Tag], now_ms: i64) {
    insert_changes(conn, tags, now_ms).await.unwrap();
}

#[tokio::test]
async fn changes_are_taken_once() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        assert_eq!(purges::find_waiting(&mut tx).await.unwrap(), None);
        append(&mut tx, &[Tag::home(), Tag::search()], 70).await;
        append(&mut tx, &[Tag::site()], 60).await;
        let waiting = Waiting { count: 3, newest: 3, oldest_at: 60 };
        assert_eq!(purges::find_waiting(&mut tx).await.unwrap(), Some(waiting));
        let mut taken = purges::take_changes(&mut tx, "first").await.unwrap();
        taken.sort_by_key(|change| change.id);
        assert_eq!(
            taken.iter().map(|c| (c.tag.as_str(), c.at)).collect::<Vec<_>>(),
            [("h", 70), ("q", 70), ("s", 60)]
        );
        assert_eq!(purges::take_changes(&mut tx, "second").await.unwrap(), []);
        assert_eq!(purges::insert_taken_change(&mut tx, &Tag::home(), "third", 80).await.unwrap(), 4);
        assert_eq!(purges::find_waiting(&mut tx).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_slow_transactions_change_is_taken_when_it_commits() {
    both_engines(async |t| {
        if t.engine == "sqlite" {
            // There is one writer: nothing is slower than another.
            return;
        }
        let mut slow = t.app.db.write().await.unwrap();
        append(&mut slow, &[Tag::home()], 1).await;
        let mut quick = t.app.db.write().await.unwrap();
        append(&mut quick, &[Tag::search()], 2).await;
        quick.commit().await.unwrap();
        let take = async |purge_id: &str| {
            let mut tx = t.app.db.write().await.unwrap();
            let taken = purges::take_changes(&mut tx, purge_id).await.unwrap();
            tx.commit().await.unwrap();
            taken.into_iter().map(|change| change.tag).collect::<Vec<_>>()
        };
        assert_eq!(take("first").await, ["q"]);
        slow.commit().await.unwrap();
        assert_eq!(take("second").await, ["h"]);
        assert_eq!(find_newest_change(&mut t.app.db.read().await.unwrap()).await.unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn the_edge_is_owed_a_change_until_its_first_round_is_done() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        assert_eq!(purges::find_owed(&mut tx).await.unwrap(), None);
        let items = ["#h".to_owned()];
        purges::insert_purge(&mut tx, &purge("a", &items, 2)).await.unwrap();
        assert_eq!(purges::find_owed(&mut tx).await.unwrap(), Some(100));
        append(&mut tx, &[Tag::home()], 90).await;
        assert_eq!(purges::find_owed(&mut tx).await.unwrap(), Some(90));
        purges::take_changes(&mut tx, "b").await.unwrap();
        assert_eq!(purges::find_owed(&mut tx).await.unwrap(), Some(100));
        assert!(purges::update_round_asked(&mut tx, "a", 0, 0, 200).await.unwrap());
        assert!(purges::update_round_sent(&mut tx, "a", 0, "I1", 210).await.unwrap());
        assert_eq!(purges::find_owed(&mut tx).await.unwrap(), Some(100));
        assert!(purges::update_round_completed(&mut tx, "a", 0, 220).await.unwrap());
        assert_eq!(purges::find_owed(&mut tx).await.unwrap(), None, "further rounds only make sure");
    })
    .await;
}

#[tokio::test]
async fn rounds_move_forward_only_and_once() {
    both_engines(async |t| {
        let items = ["#h".to_owned(), "#p1".to_owned()];
        let mut tx = t.app.db.write().await.unwrap();
        purges::insert_purge(&mut tx, &purge("a", &items, 2)).await.unwrap();
        let open = purges::list_open_rounds(&mut tx).await.unwrap();
        assert_eq!(open.len(), 1);
        let first = &open[0];
        assert_eq!((first.items.as_slice(), first.round, first.rounds), (items.as_slice(), 0, 2));
        assert_eq!(
            (first.caller_reference.as_str(), first.not_before, first.is_last()),
            ("mercer-a-0", 150, false)
        );
        assert_eq!(first.items_planned(), 4);
        assert!(purges::update_round_asked(&mut tx, "a", 0, 0, 200).await.unwrap());
        purges::update_round_failed(&mut tx, "a", 0, "no answer").await.unwrap();
        assert!(!purges::update_round_asked(&mut tx, "a", 0, 0, 250).await.unwrap(), "another asks");
        assert!(purges::update_round_asked(&mut tx, "a", 0, 1, 300).await.unwrap());
        assert!(
            !purges::update_round_served(&mut tx, "a", 0, "I9", 350).await.unwrap(),
            "it was asked for itself"
        );
        assert!(!purges::update_round_completed(&mut tx, "a", 0, 350).await.unwrap(), "it was not sent");
        let open = purges::list_open_rounds(&mut tx).await.unwrap();
        assert_eq!((open[0].attempts, open[0].asked_at, &open[0].cloudfront_id), (2, Some(200), &None));
        assert!(purges::update_round_sent(&mut tx, "a", 0, "I1", 400).await.unwrap());
        assert!(!purges::update_round_sent(&mut tx, "a", 0, "I2", 401).await.unwrap());
        assert_eq!(purges::list_open_rounds(&mut tx).await.unwrap()[0].items_planned(), 2);
        assert!(purges::update_round_completed(&mut tx, "a", 0, 500).await.unwrap());
        assert!(!purges::update_round_completed(&mut tx, "a", 0, 501).await.unwrap());
        purges::insert_round(&mut tx, "a", 1, 900).await.unwrap();
        purges::insert_round(&mut tx, "a", 1, 901).await.unwrap();
        let open = purges::list_open_rounds(&mut tx).await.unwrap();
        assert_eq!((open[0].round, open[0].not_before, open[0].previous_completed_at), (1, 900, Some(500)));
        assert!(open[0].is_last());
        assert!(purges::update_round_served(&mut tx, "a", 1, "I9", 950).await.unwrap());
        assert!(!purges::update_round_asked(&mut tx, "a", 1, 0, 960).await.unwrap(), "another serves it");
        let rounds = purges::list_rounds(&mut tx, &["a"]).await.unwrap();
        assert_eq!(rounds.iter().map(|r| r.state.as_str()).collect::<Vec<_>>(), ["done", "sent"]);
        assert_eq!((rounds[0].cloudfront_id.as_str(), rounds[0].last_error.as_str()), ("I1", ""));
        assert!(purges::update_purge_ended(&mut tx, "a", Ending::Done, 600).await.unwrap());
        assert!(!purges::update_purge_ended(&mut tx, "a", Ending::Refused, 601).await.unwrap());
        assert_eq!(purges::list_open_rounds(&mut tx).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn purges_are_listed_and_swept() {
    both_engines(async |t| {
        let items = ["#h".to_owned()];
        let mut tx = t.app.db.write().await.unwrap();
        for id in ["a", "b"] {
            purges::insert_purge(&mut tx, &purge(id, &items, 1)).await.unwrap();
        }
        purges::insert_purge(&mut tx, &purge("c", &items, 0)).await.unwrap();
        purges::update_purge_ended(&mut tx, "b", Ending::Refused, 700).await.unwrap();
        let listed = purges::list_recent_purges(&mut tx, 9).await.unwrap();
        let seen: Vec<_> = listed.iter().map(|p| (p.id.as_str(), p.state.as_str(), p.ended_at)).collect();
        assert_eq!(seen, [("a", "open", None), ("c", "done", Some(150)), ("b", "refused", Some(700))]);
        assert_eq!(purges::list_recent_purges(&mut tx, 1).await.unwrap().len(), 1);
        assert_eq!(purges::delete_old_purges(&mut tx, 150, 9).await.unwrap(), 0);
        assert_eq!(purges::delete_old_purges(&mut tx, 701, 1).await.unwrap(), 1);
        assert_eq!(purges::delete_old_purges(&mut tx, 701, 9).await.unwrap(), 1);
        assert_eq!(purges::list_rounds(&mut tx, &["a", "b", "c"]).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_month_adds_up() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        assert_eq!(purges::find_spending(&mut tx, "2026-11").await.unwrap(), 0);
        purges::add_spending(&mut tx, "2026-11", 5).await.unwrap();
        purges::add_spending(&mut tx, "2026-11", 7).await.unwrap();
        purges::add_spending(&mut tx, "2026-12", 1).await.unwrap();
        assert_eq!(purges::find_spending(&mut tx, "2026-11").await.unwrap(), 12);
    })
    .await;
}

#[tokio::test]
async fn the_office_has_one_holder() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        assert_eq!(nodes::find_leader(&mut tx).await.unwrap(), None);
        assert!(nodes::update_leader(&mut tx, None, "a").await.unwrap());
        assert!(!nodes::update_leader(&mut tx, None, "b").await.unwrap());
        let seen = Leader { holder: "a".to_owned(), beat: 1 };
        assert_eq!(nodes::find_leader(&mut tx).await.unwrap(), Some(seen.clone()));
        assert!(nodes::update_leader(&mut tx, Some(&seen), "a").await.unwrap());
        assert!(!nodes::update_leader(&mut tx, Some(&seen), "b").await.unwrap(), "the holder has moved");
    })
    .await;
}

#[tokio::test]
async fn processes_report_and_leave() {
    both_engines(async |t| {
        let node = |id: &str, acked, seen_at| Node {
            id: id.to_owned(),
            build: "1".to_owned(),
            acked,
            beat_ms: 7,
            seen_at,
        };
        let mut tx = t.app.db.write().await.unwrap();
        nodes::upsert_node(&mut tx, &node("a", 1, 100)).await.unwrap();
        nodes::upsert_node(&mut tx, &node("b", 2, 200)).await.unwrap();
        nodes::upsert_node(&mut tx, &node("a", 3, 150)).await.unwrap();
        assert_eq!(nodes::list_nodes(&mut tx, 150).await.unwrap(), [node("a", 3, 150), node("b", 2, 200)]);
        assert_eq!(nodes::list_nodes(&mut tx, 151).await.unwrap(), [node("b", 2, 200)]);
        assert_eq!(nodes::find_beat(&mut tx, "a").await.unwrap(), Some(7));
        assert_eq!(nodes::find_beat(&mut tx, "none").await.unwrap(), None);
        nodes::delete_node(&mut tx, "b").await.unwrap();
        assert_eq!(nodes::delete_old_nodes(&mut tx, 150).await.unwrap(), 0);
        assert_eq!(nodes::delete_old_nodes(&mut tx, 151).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_builds_pages_go_once_and_come_back_with_it() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        let node = Node { id: "a".to_owned(), build: "1".to_owned(), acked: 0, beat_ms: 0, seen_at: 100 };
        nodes::upsert_node(&mut tx, &node).await.unwrap();
        for build in ["1", "2", "1"] {
            nodes::upsert_build(&mut tx, build).await.unwrap();
        }
        assert_eq!(nodes::list_gone_builds(&mut tx, 100).await.unwrap(), ["2"]);
        assert_eq!(nodes::list_gone_builds(&mut tx, 101).await.unwrap(), ["1", "2"]);
        nodes::update_build_purged(&mut tx, "2", "purge").await.unwrap();
        assert_eq!(nodes::list_gone_builds(&mut tx, 101).await.unwrap(), ["1"]);
        nodes::upsert_build(&mut tx, "2").await.unwrap();
        assert_eq!(nodes::list_gone_builds(&mut tx, 101).await.unwrap(), ["1", "2"]);
    })
    .await;
}

#[tokio::test]
async fn old_changes_go_but_the_newest() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        append(&mut tx, &[Tag::home()], 10).await;
        purges::take_changes(&mut tx, "a").await.unwrap();
        append(&mut tx, &[Tag::search()], 20).await;
        append(&mut tx, &[Tag::site()], 30).await;
        assert_eq!(purges::delete_old_changes(&mut tx, 10, 10, 9).await.unwrap(), 0);
        assert_eq!(purges::delete_old_changes(&mut tx, 99, 10, 9).await.unwrap(), 1, "one was taken");
        assert_eq!(purges::delete_old_changes(&mut tx, 99, 99, 9).await.unwrap(), 1, "the newest stays");
        assert_eq!(find_newest_change(&mut tx).await.unwrap(), 3);
    })
    .await;
}

#[tokio::test]
async fn tags_have_addresses() {
    both_engines(async |t| {
        let watches = put_category(&t.app, "watches", None, None).await;
        let id = put(&t.app, &simple("diver")).await;
        let mut conn = t.app.db.read().await.unwrap();
        let mut path = async |tag: Tag| purges::paths::find_path(&mut conn, &tag).await.unwrap();
        assert_eq!(path(Tag::product(&id)).await.as_deref(), Some("/p/diver"));
        assert_eq!(path(Tag::category(&watches)).await.as_deref(), Some("/c/watches"));
        assert_eq!(path(Tag::home()).await.as_deref(), Some("/"));
        assert_eq!(path(Tag::product("none")).await, None);
        assert_eq!(path(Tag::search()).await, None);
        let tags = [Tag::product(&id), Tag::category(&watches), Tag::search()].into();
        let paths = purges::paths::list_paths(&mut conn, &tags).await.unwrap();
        assert_eq!(paths.into_iter().collect::<Vec<_>>(), ["/c/watches*", "/p/diver*", "/search*"]);
    })
    .await;
}
