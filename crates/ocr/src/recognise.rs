//! What the model that reads one line is given.

/// The height of its pictures.
pub(crate) const HEIGHT: usize = 48;
/// The width of the widest; a line of a page has some 1,500 pixels at this height.
pub(crate) const MAX_WIDTH: usize = 4096;

/// A grey picture of a line as the model was trained to see it: three times the same, from -1 to 1.
pub(crate) fn input(picture: &[f32]) -> Vec<f32> {
    let one: Vec<f32> = picture.iter().map(|grey| grey / 127.5 - 1.0).collect();
    one.repeat(3)
}
