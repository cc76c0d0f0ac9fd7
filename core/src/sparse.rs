//! Compresses bytes that are mostly zero, such as the pages of a nearly empty database.
//!
//! The format is the total number of bytes, followed by runs. Each run consists of a count of
//! zeros, a count of other bytes, and those bytes. Counts are written in groups of seven bits,
//! lowest group first.

/// The shortest run of zeros that saves space, since each run costs two counts.
const SHORTEST: usize = 4;

/// Compresses bytes.
#[must_use]
pub fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    write_count(bytes.len(), &mut packed);
    let mut rest = bytes;
    while !rest.is_empty() {
        let (zeros, after) = rest.split_at(zeros(rest));
        let (run, after) = after.split_at(run(after));
        write_count(zeros.len(), &mut packed);
        write_count(run.len(), &mut packed);
        packed.extend_from_slice(run);
        rest = after;
    }
    packed
}

/// Restores the bytes that [`pack`] compressed. If the input is truncated, restores as much as
/// possible.
#[must_use]
pub fn unpack(packed: &[u8]) -> Vec<u8> {
    let mut rest = packed;
    let mut bytes = vec![0; read_count(&mut rest).unwrap_or_default()];
    let mut unwritten = bytes.as_mut_slice();
    while let Some((zeros, count)) = read_count(&mut rest).zip(read_count(&mut rest)) {
        let (Some(_), Some(run)) = (unwritten.split_off_mut(..zeros), rest.split_off(..count)) else { break };
        let Some(place) = unwritten.split_off_mut(..count) else { break };
        place.copy_from_slice(run);
    }
    bytes
}

/// Returns the number of leading zeros.
fn zeros(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len())
}

/// Returns the number of bytes before the next run of zeros that is long enough to save space.
fn run(bytes: &[u8]) -> usize {
    bytes.windows(SHORTEST).position(|window| window.iter().all(|byte| *byte == 0)).unwrap_or(bytes.len())
}

fn write_count(mut count: usize, packed: &mut Vec<u8>) {
    loop {
        let [low, ..] = (count & 0x7f).to_le_bytes();
        count >>= 7;
        packed.push(if count == 0 { low } else { low | 0x80 });
        if count == 0 {
            return;
        }
    }
}

fn read_count(packed: &mut &[u8]) -> Option<usize> {
    let mut count = 0_usize;
    for shift in (0..usize::BITS).step_by(7) {
        let byte = *packed.split_off_first()?;
        count |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(count);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{pack, unpack};

    #[test]
    fn zeros_cost_next_to_nothing() {
        let page = [[13, 0, 0, 0, 0, 16].as_slice(), &[0; 4090]].concat();
        assert_eq!(pack(&page), [0x80, 32, 0, 1, 13, 4, 1, 16, 0xfa, 31, 0]);
        assert_eq!(unpack(&pack(&page)), page);
    }

    #[test]
    fn what_ends_too_early_is_read_as_far_as_it_goes() {
        assert_eq!(unpack(&[3, 1, 5, 1, 2]), [0, 0, 0]);
        assert_eq!(unpack(&[2, 1, 2, 7, 7]), [0, 0]);
        assert_eq!(unpack(&[0x80]), Vec::<u8>::new());
        assert_eq!(unpack(&[]), Vec::<u8>::new());
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked_again(
            bytes in proptest::collection::vec(prop_oneof![3 => Just(0_u8), 1 => any::<u8>()], 0..600),
        ) {
            prop_assert_eq!(unpack(&pack(&bytes)), bytes);
        }
    }
}
