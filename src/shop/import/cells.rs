//! Cells that hold several values: lists separated by `|`, ways down the category tree by `>`. A backslash makes the
//! next character an ordinary one.

/// The values of a list; none for an empty cell.
pub fn split_list(cell: &str, separator: char) -> Vec<String> {
    split_raw(cell, separator).iter().map(|part| unescape(part.trim())).filter(|v| !v.is_empty()).collect()
}

/// The values of a list that may have empty ones in between.
pub fn split_all(cell: &str, separator: char) -> Vec<String> {
    split_raw(cell, separator).iter().map(|part| unescape(part.trim())).collect()
}

/// A list as one cell.
pub fn join_list<T: AsRef<str>>(values: &[T]) -> String {
    values.iter().map(|v| escape(v.as_ref(), &['|'])).collect::<Vec<_>>().join("|")
}

/// Ways down a tree, by names: "Phones > Cases|Sale".
pub fn split_places(cell: &str, separator: char) -> Vec<Vec<String>> {
    split_raw(cell, separator).iter().map(|place| split_list(place, '>')).filter(|p| !p.is_empty()).collect()
}

/// Ways down a tree as one cell.
pub fn join_places(places: &[Vec<String>]) -> String {
    let place =
        |names: &Vec<String>| names.iter().map(|n| escape(n, &['|', '>'])).collect::<Vec<_>>().join(" > ");
    places.iter().map(place).collect::<Vec<_>>().join("|")
}

/// The parts between separators, escapes left in place.
fn split_raw(cell: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = cell.chars();
    while let Some(c) = chars.next() {
        if c == separator {
            parts.push(String::new());
            continue;
        }
        let part = parts.last_mut().expect("there is always a part");
        part.push(c);
        if c == '\\' {
            part.extend(chars.next());
        }
    }
    parts
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\' { plain.extend(chars.next()) } else { plain.push(c) }
    }
    plain
}

fn escape(text: &str, special: &[char]) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\\' || special.contains(&c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cells_are_split_at_separators_that_are_not_escaped() {
        assert_eq!(split_list("a| b |c\\|d||", '|'), ["a", "b", "c|d"]);
        assert_eq!(split_list("", '|'), Vec::<String>::new());
        assert_eq!(split_places("A > B|C\\>D", '|'), [vec!["A", "B"], vec!["C>D"]]);
        assert_eq!(split_list("T\\, S, U", ','), ["T, S", "U"]);
    }

    proptest! {
        #[test]
        fn what_is_joined_splits_again(values in proptest::collection::vec("[a-z|>\\\\][a-z |>\\\\]{0,6}[a-z|>]", 0..4)) {
            prop_assert_eq!(&split_list(&join_list(&values), '|'), &values);
            let places = vec![values.clone(), vec!["x".to_owned()]];
            let places: Vec<Vec<String>> = places.into_iter().filter(|p| !p.is_empty()).collect();
            prop_assert_eq!(split_places(&join_places(&places), '|'), places);
        }
    }
}
