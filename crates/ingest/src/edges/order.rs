//! Names that are numbers, and their order.

use crate::names::Names;

/// More digits than that do not always fit 64 bits with a sign, in which others keep such numbers.
const MOST_DIGITS: usize = 18;

/// The names, sorted by their bytes, as numbers in order, and by rank the place of each in it. `None` where they stay as
/// they are: because one of them is no [plain whole number](plain), or because both orders are one.
pub(super) fn by_number(names: &Names) -> Option<(Names, Vec<u32>)> {
    let mut of_length = [0_u32; MOST_DIGITS + 1];
    for name in names.iter() {
        plain(name)?;
        of_length[name.len()] += 1;
    }
    if of_length.iter().filter(|count| **count > 0).count() < 2 {
        return None;
    }
    // The longer is the larger. Among numbers of one length the order of bytes is that of numbers already.
    let mut next = [0; MOST_DIGITS + 1];
    for length in 1..=MOST_DIGITS {
        next[length] = next[length - 1] + of_length[length - 1];
    }
    let mut order = vec![0; names.len()];
    let mut places = Vec::with_capacity(names.len());
    for (rank, name) in (0..).zip(names.iter()) {
        let place = &mut next[name.len()];
        order[*place as usize] = rank;
        places.push(*place);
        *place += 1;
    }
    let mut sorted = Names::with_capacity(names.len(), names.iter().map(str::len).sum());
    for rank in order {
        sorted.push_with(|out| out.push_str(names.get(rank)));
    }
    Some((sorted, places))
}

/// The number of a text that is one in the way it is usually written: digits, no leading zero, no more than 18. Whoever
/// knows the number knows the text.
pub(super) fn plain(text: &str) -> Option<i64> {
    if text.is_empty() || text.len() > MOST_DIGITS || (text.starts_with('0') && text != "0") {
        return None;
    }
    text.bytes()
        .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(texts: &[&str]) -> Names {
        let mut texts = texts.to_vec();
        texts.sort_unstable();
        let mut names = Names::default();
        texts.iter().for_each(|text| names.push_with(|out| out.push_str(text)));
        names
    }

    #[test]
    fn numbers_are_in_the_order_of_numbers() {
        let byte_order = names(&["0", "10", "100", "2", "20", "9", "999999999999999999", "1"]);
        let (sorted, places) = by_number(&byte_order).unwrap();
        assert_eq!(
            sorted.iter().collect::<Vec<_>>(),
            ["0", "1", "2", "9", "10", "20", "100", "999999999999999999"]
        );
        for (rank, &place) in (0..).zip(&places) {
            assert_eq!(sorted.get(place), byte_order.get(rank));
        }
    }

    #[test]
    fn a_plain_number_has_one_text() {
        for number in [0, 7, 10, 999_999_999_999_999_999] {
            assert_eq!(plain(&i64::to_string(&number)), Some(number));
        }
    }

    #[test]
    fn anything_else_among_them_leaves_all_in_the_order_of_bytes() {
        for other in ["", "00", "02", "a", "-1", "+1", "1.5", " 3", "１", "1000000000000000000"] {
            assert_eq!(by_number(&names(&["10", "2", other])), None, "{other:?}");
        }
        assert_eq!(by_number(&names(&[])), None);
        assert_eq!(by_number(&names(&["1", "2"])), None);
    }
}
