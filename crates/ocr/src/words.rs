//! What the model says of a line, to characters.

/// A line's characters, and how sure the least sure of them is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Word {
    pub text: String,
    pub sure: f32,
}

/// The best path through the chances of each place (CTC): class 0 is no character, the same class in a row is one character.
pub(crate) fn decode((shape, chances): &(Vec<usize>, Vec<f32>), characters: &[String]) -> Result<Word, String> {
    let classes = characters.len() + 1;
    if shape.last() != Some(&classes) {
        return Err(format!("its model has {:?} classes for {} characters", shape.last(), characters.len()));
    }
    let mut text = String::new();
    let mut sure = 1.0f32;
    // The class at the place before, and its greatest chance so far.
    let mut current: (usize, f32) = (0, 1.0);
    for place in chances.chunks_exact(classes) {
        let (class, chance) = place.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0));
        if class == current.0 {
            current.1 = current.1.max(chance);
            continue;
        }
        if current.0 != 0 {
            sure = sure.min(current.1);
        }
        if class != 0 {
            text.push_str(&characters[class - 1]);
        }
        current = (class, chance);
    }
    if current.0 != 0 {
        sure = sure.min(current.1);
    }
    Ok(Word { text, sure })
}

/// The characters that the model knows, which its file carries as metadata (a list of lines under "character"); a space is the
/// last of them and not listed.
pub(crate) fn characters(model: &[u8]) -> Option<Vec<String>> {
    /// The field of ONNX's ModelProto that has pairs of key and value.
    const METADATA: u64 = 14;
    let mut pairs = fields(model).filter(|(number, _)| *number == METADATA).map(|(_, pair)| pair);
    let list = pairs.find_map(|pair| {
        let value = |wanted| fields(pair).find(|(number, _)| *number == wanted).map(|(_, value)| value);
        value(1).filter(|key| *key == b"character").and_then(|_| value(2))
    })?;
    let mut out: Vec<String> = std::str::from_utf8(list).ok()?.lines().map(str::to_owned).collect();
    out.push(" ".to_owned());
    Some(out)
}

/// The fields of a message of protobuf that have a length, each with its number.
fn fields(mut bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    std::iter::from_fn(move || {
        loop {
            let key = number(&mut bytes)?;
            match key & 7 {
                0 => {
                    number(&mut bytes)?;
                }
                1 => bytes = bytes.get(8..)?,
                2 => {
                    let length = usize::try_from(number(&mut bytes)?).ok()?;
                    let (value, rest) = bytes.split_at_checked(length)?;
                    bytes = rest;
                    return Some((key >> 3, value));
                }
                5 => bytes = bytes.get(4..)?,
                _ => return None,
            }
        }
    })
}

/// A number of seven bits a byte, the least first.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut out = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        out |= u64::from(byte & 127) << shift;
        if byte < 128 {
            return Some(out);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_in_a_row_is_one_character_and_twice_with_a_gap_two() {
        let characters: Vec<String> = ["1", "亿", " "].map(str::to_owned).into();
        let place = |class: usize, chance: f32| {
            let mut place = vec![0.0; 4];
            place[class] = chance;
            place
        };
        // 1 1 - 1 亿
        let path = [place(1, 0.9), place(1, 0.7), place(0, 1.0), place(1, 0.8), place(2, 0.6), place(0, 1.0)].concat();
        let word = decode(&(vec![1, 6, 4], path), &characters).unwrap();
        assert_eq!(word, Word { text: "11亿".to_owned(), sure: 0.6 });
        assert!(decode(&(vec![1, 1, 5], vec![0.0; 5]), &characters).is_err());
    }

    #[test]
    fn characters_come_from_the_models_metadata() {
        let mut pair = vec![0x0a, 9];
        pair.extend(b"character");
        pair.extend([0x12, 5]);
        pair.extend("一\na".as_bytes());
        let mut model = vec![0x08, 7, 0x72, pair.len() as u8];
        model.extend(&pair);
        assert_eq!(characters(&model).unwrap(), ["一", "a", " "]);
        for cut in 0..model.len() {
            assert_eq!(characters(&model[..cut]), None, "{cut}");
        }
    }
}
