//! SQL that is put together at run time, for both engines alike. Text comes from the program only, values are bound.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder};

use super::{Conn, with_conn};

/// A statement in parts.
#[derive(Debug, Clone, Default)]
pub(super) struct Sql(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    Text(&'static str),
    Word(String),
    Number(i64),
}

impl Sql {
    pub fn new(text: &'static str) -> Sql {
        Sql(vec![Part::Text(text)])
    }

    pub fn push(&mut self, text: &'static str) -> &mut Sql {
        self.0.push(Part::Text(text));
        self
    }

    pub fn bind_text(&mut self, value: impl Into<String>) -> &mut Sql {
        self.0.push(Part::Word(value.into()));
        self
    }

    pub fn bind_number(&mut self, value: i64) -> &mut Sql {
        self.0.push(Part::Number(value));
        self
    }

    /// `(v1, v2, …)`; an empty list is `(NULL)`, which nothing is in.
    pub fn bind_list<T: AsRef<str>>(&mut self, values: &[T]) -> &mut Sql {
        self.push("(");
        for (position, value) in values.iter().enumerate() {
            if position > 0 {
                self.push(", ");
            }
            self.bind_text(value.as_ref());
        }
        if values.is_empty() {
            self.push("NULL");
        }
        self.push(")")
    }

    /// Runs the statement and reads every row.
    pub async fn fetch_all<T>(self, conn: &mut Conn) -> sqlx::Result<Vec<T>>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        with_conn!(conn, |c| {
            let mut query = QueryBuilder::new("");
            for part in self.0 {
                match part {
                    Part::Text(text) => query.push(text),
                    Part::Word(word) => query.push_bind(word),
                    Part::Number(number) => query.push_bind(number),
                };
            }
            query.build_query_as::<T>().fetch_all(c).await
        })
    }
}
