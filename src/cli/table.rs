//! Tables and moments as an operator reads them.

use super::out::say;

/// "2026-11-01 12:00" in UTC.
pub fn moment(at_ms: i64) -> String {
    let format = time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]");
    time::OffsetDateTime::from_unix_timestamp(at_ms.div_euclid(1000))
        .ok()
        .and_then(|at| at.format(&format).ok())
        .unwrap_or_else(|| at_ms.to_string())
}

/// Columns as wide as their widest value; what a shopper typed can't write control characters to the terminal.
pub fn print_table<const N: usize>(heads: &[&str; N], rows: &[[String; N]]) {
    let clean = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    let width =
        |i: usize| rows.iter().map(|row| row[i].chars().count()).chain([heads[i].len()]).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let print = |cells: Vec<String>| {
        let line: Vec<String> =
            cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        say!("{}", line.join("  ").trim_end());
    };
    print(heads.iter().map(|head| (*head).to_owned()).collect());
    for row in rows {
        print(row.iter().map(|cell| clean(cell)).collect());
    }
}
