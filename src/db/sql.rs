//! SQL that is put together at run time, for both engines alike. Text comes from the program only, values are bound.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Postgres, QueryBuilder};

use super::{Conn, by_engine, with_conn};

/// A statement in parts.
#[derive(Debug, Clone, Default)]
pub(super) struct Sql(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    Text(&'static str),
    Bind(Value),
}

/// A bound value.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Word(Option<String>),
    Number(Option<i64>),
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::Word(Some(value.to_owned()))
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Value {
        Value::Word(value.map(str::to_owned))
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Number(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Value {
        Value::Number(value)
    }
}

/// Puts a statement's text and values into a `QueryBuilder` of either engine.
macro_rules! render {
    ($query:ident, $sql:expr) => {
        for part in $sql.0 {
            match part {
                Part::Text(text) => $query.push(text),
                Part::Bind(Value::Word(word)) => $query.push_bind(word),
                Part::Bind(Value::Number(number)) => $query.push_bind(number),
            };
        }
    };
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
        self.0.push(Part::Bind(Value::Word(Some(value.into()))));
        self
    }

    pub fn bind_number(&mut self, value: i64) -> &mut Sql {
        self.0.push(Part::Bind(Value::from(value)));
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

    /// `(a1, b1), (a2, b2), …`: rows for VALUES.
    pub fn bind_rows<const N: usize>(&mut self, rows: impl IntoIterator<Item = [Value; N]>) -> &mut Sql {
        for (position, row) in rows.into_iter().enumerate() {
            for (column, value) in row.into_iter().enumerate() {
                self.push(match (position, column) {
                    (0, 0) => "(",
                    (_, 0) => "), (",
                    _ => ", ",
                });
                self.0.push(Part::Bind(value));
            }
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
            render!(query, self);
            query.build_query_as::<T>().fetch_all(c).await
        })
    }
}

/// Writes that travel to the database together: one exchange in place of one for each. None may need to see what
/// another of them wrote; keys between their tables are checked when all are done.
#[derive(Debug, Default)]
pub struct Writes(Vec<Sql>);

impl Writes {
    pub(super) fn add(&mut self, sql: Sql) {
        self.0.push(sql);
    }

    /// Makes all writes.
    pub async fn run(mut self, conn: &mut Conn) -> sqlx::Result<()> {
        let Some(last) = self.0.pop() else { return Ok(()) };
        self.run_with::<(i64,)>(conn, last, false).await?;
        Ok(())
    }

    /// Makes all writes, each of which returns rows of the same columns; all those rows, in the order of the writes.
    pub(super) async fn fetch_each<T>(self, conn: &mut Conn) -> sqlx::Result<Vec<T>>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        by_engine!(
            conn,
            sqlite | c | {
                let mut query = QueryBuilder::new("");
                for (number, sql) in self.0.into_iter().enumerate() {
                    query.push(if number == 0 { "" } else { "; " });
                    render!(query, sql);
                }
                query.build_query_as::<T>().fetch_all(c).await
            },
            postgres | c | {
                let (count, mut query) = (self.0.len(), self.into_list());
                for number in 0..count {
                    query.push(if number == 0 { ") SELECT * FROM w" } else { " UNION ALL SELECT * FROM w" });
                    query.push(number);
                }
                query.build_query_as::<T>().fetch_all(c).await
            }
        )
    }

    /// Makes all writes and then `last`, whose RETURNING is read. On PostgreSQL `last` comes first in fact, so it must
    /// be as independent as the others.
    pub(super) async fn fetch_all<T>(self, conn: &mut Conn, last: Sql) -> sqlx::Result<Vec<T>>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        self.run_with(conn, last, true).await
    }

    async fn run_with<T>(self, conn: &mut Conn, last: Sql, returning: bool) -> sqlx::Result<Vec<T>>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        by_engine!(
            conn,
            sqlite | c | {
                let mut query = QueryBuilder::new("");
                for sql in self.0 {
                    render!(query, sql);
                    query.push("; ");
                }
                render!(query, last);
                query.build_query_as::<T>().fetch_all(c).await
            },
            postgres | c | {
                let (count, mut query) = (self.0.len(), self.into_list());
                // A statement with a WITH of its own can't follow ours; as one of the list it may have it.
                match (count, returning) {
                    (0, _) => {}
                    (_, true) => {
                        query.push("), last AS (");
                    }
                    (_, false) => {
                        query.push(") ");
                    }
                }
                render!(query, last);
                if count > 0 && returning {
                    query.push(") SELECT * FROM last");
                }
                query.build_query_as::<T>().fetch_all(c).await
            }
        )
    }

    /// `WITH w0 AS (…), w1 AS (…`: the writes as PostgreSQL takes several at once, the last one still open.
    fn into_list(self) -> QueryBuilder<Postgres> {
        let mut query = QueryBuilder::new("");
        for (number, sql) in self.0.into_iter().enumerate() {
            query.push(if number == 0 { "WITH w" } else { "), w" }).push(number).push(" AS (");
            render!(query, sql);
        }
        query
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_bound_one_by_one() {
        let mut sql = Sql::new("INSERT INTO t (a, b) VALUES ");
        sql.bind_rows([["x".into(), 1_i64.into()], [None::<&str>.into(), None::<i64>.into()]]);
        let mut query = QueryBuilder::<sqlx::Sqlite>::new("");
        render!(query, sql);
        assert_eq!(query.sql().as_str(), "INSERT INTO t (a, b) VALUES (?, ?), (?, ?)");
    }
}
