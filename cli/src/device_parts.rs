//! Many devices in requests of equal size.

/// The most devices of one request: what NXP's own client allows for a job.
pub const LARGEST_PART: u16 = 500;

/// As few parts as there can be of at most `most` things, and all of them as long as the longest or one shorter.
pub fn parts<T>(things: &[T], most: usize) -> Vec<&[T]> {
    let count = things.len().div_ceil(most.max(1));
    let (mut parts, mut rest) = (Vec::with_capacity(count), things);
    for left in (1..=count).rev() {
        let (part, others) = rest.split_at(rest.len() / left);
        parts.push(part);
        rest = others;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `calculate_jobs` of spsdk: the shorter ones come first.
    #[test]
    fn parts_are_as_nxps_client_makes_them() {
        for (count, most, expected) in [
            (5, 2, vec![1, 2, 2]),
            (4, 2, vec![2, 2]),
            (1, 500, vec![1]),
            (501, 500, vec![250, 251]),
            (1501, 500, vec![375, 375, 375, 376]),
            (0, 500, vec![]),
        ] {
            let things: Vec<usize> = (0..count).collect();
            let found = parts(&things, most);
            assert_eq!(found.iter().map(|part| part.len()).collect::<Vec<_>>(), expected);
            assert_eq!(found.concat(), things);
        }
    }
}
