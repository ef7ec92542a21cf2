//! A CSV file as rows with named columns.

use std::collections::HashMap;

use super::{BadRow, Stop};

/// Bytes of a file.
pub const FILE_MAX: usize = 256 * 1024 * 1024;

/// A file that was read.
pub struct Table {
    /// As written, in order.
    pub header: Vec<String>,
    /// By lower-case name.
    columns: HashMap<String, usize>,
    pub rows: Vec<Row>,
    /// Rows that are not of the header's width.
    pub bad: Vec<BadRow>,
}

pub struct Row {
    /// Where the row begins; the header is line 1.
    pub line: u64,
    cells: csv::StringRecord,
}

impl Table {
    /// Reads a file: UTF-8, separated by commas, semicolons or tabs as its first line is.
    pub fn read(bytes: &[u8]) -> Result<Table, Stop> {
        if bytes.len() > FILE_MAX {
            return Err(Stop::new("the file is larger than 256 MiB; split it"));
        }
        let text = std::str::from_utf8(bytes).map_err(|e| {
            let line = bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
            Stop::new(format!("line {line}: the file is not UTF-8; export it again as \"CSV UTF-8\""))
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim().is_empty() {
            return Err(Stop::new("the file is empty"));
        }
        if text.contains('\0') {
            return Err(Stop::new("the file is not text; export it again as \"CSV UTF-8\""));
        }
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter(text)).flexible(true).from_reader(text.as_bytes());
        let broken = |e: csv::Error| Stop::new(format!("the file is not CSV: {e}"));
        let header: Vec<String> =
            reader.headers().map_err(broken)?.iter().map(|name| name.trim().to_owned()).collect();
        let mut table = Table { columns: HashMap::new(), rows: Vec::new(), bad: Vec::new(), header };
        for (position, name) in table.header.iter().enumerate() {
            if table.columns.insert(name.to_lowercase(), position).is_some() && !name.is_empty() {
                return Err(Stop::new(format!("the column {name:?} stands twice in line 1")));
            }
        }
        for record in reader.records() {
            let cells = record.map_err(broken)?;
            let line = cells.position().map_or(0, |p| first_line(text, p));
            if cells.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if cells.len() != table.header.len() {
                let reason = format!("has {} fields; the header has {}", cells.len(), table.header.len());
                table.bad.push(BadRow { line, field: "row".to_owned(), reason });
                continue;
            }
            table.rows.push(Row { line, cells });
        }
        Ok(table)
    }

    pub fn has(&self, column: &str) -> bool {
        self.columns.contains_key(&column.to_lowercase())
    }

    /// The cell as written; `None` when the file has no such column.
    pub fn raw<'a>(&self, row: &'a Row, column: &str) -> Option<&'a str> {
        self.columns.get(&column.to_lowercase()).and_then(|&position| row.cells.get(position))
    }

    /// The cell without spaces around it; `None` when the file has no such column.
    pub fn cell<'a>(&self, row: &'a Row, column: &str) -> Option<&'a str> {
        self.raw(row, column).map(str::trim)
    }

    /// The cell of the first of these columns that the file has, unless it is empty.
    pub fn filled<'a>(&self, row: &'a Row, columns: &[&str]) -> Option<&'a str> {
        columns.iter().find_map(|column| self.cell(row, column)).filter(|cell| !cell.is_empty())
    }
}

/// The line on which a record begins: the reader's position still has the empty lines before it.
fn first_line(text: &str, position: &csv::Position) -> u64 {
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    let empty = rest.iter().take_while(|b| matches!(b, b'\n' | b'\r')).filter(|b| **b == b'\n').count();
    position.line() + empty as u64
}

fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |d: u8| first.bytes().filter(|b| *b == d).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|d| count(*d)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_whatever_separates_them() {
        for text in ["\u{feff}Handle,Title\na,\"x\ny\"\n\nb,z\n", "handle;TITLE\na;\"x\ny\"\n;\nb;z\n"] {
            let table = Table::read(text.as_bytes()).unwrap();
            assert_eq!(table.rows.len(), 2);
            assert_eq!(table.cell(&table.rows[0], "title"), Some("x\ny"));
            assert_eq!(table.rows[1].line, 5);
            assert_eq!(table.cell(&table.rows[1], "price"), None);
        }
    }

    #[test]
    fn damage_is_told_with_its_line() {
        let table = Table::read(b"a,b\n1,2\n1\n").unwrap();
        assert_eq!((table.bad[0].line, table.rows.len()), (3, 1));
        assert!(Table::read(b"a,b\n1,\xff\n").err().unwrap().0.contains("line 2"));
        assert!(Table::read(b"a,A\n").err().unwrap().0.contains("twice"));
    }
}
