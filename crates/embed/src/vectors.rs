use crate::Error;

/// Vectors of one width, row after row in one allocation (`len() x dimensions()`, row-major).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Vectors {
    dimensions: usize,
    values: Vec<f32>,
}

impl Vectors {
    /// Rows of `dimensions` numbers each, laid end to end in `values`.
    ///
    /// # Errors
    /// [`Error::Shape`] when `values` is not a whole number of rows.
    pub fn from_parts(dimensions: usize, values: Vec<f32>) -> Result<Self, Error> {
        let whole = if dimensions == 0 { values.is_empty() } else { values.len().is_multiple_of(dimensions) };
        if whole { Ok(Self { dimensions, values }) } else { Err(Error::Shape { values: values.len(), dimensions }) }
    }

    /// Numbers in a row.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.dimensions).unwrap_or(0)
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Row `i`.
    ///
    /// # Panics
    /// When `i >= len()`, as slices do.
    pub fn row(&self, i: usize) -> &[f32] {
        &self.values[i * self.dimensions..(i + 1) * self.dimensions]
    }

    /// All rows in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        // A width of 0 goes with no values at all, so that any chunk size gives no chunk.
        self.values.chunks_exact(self.dimensions.max(1))
    }

    /// All numbers, row after row.
    pub fn as_slice(&self) -> &[f32] {
        &self.values
    }

    /// All numbers, row after row, without a copy.
    pub fn into_vec(self) -> Vec<f32> {
        self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_slices_of_the_parts() {
        let v = Vectors::from_parts(2, vec![1.0, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!((v.len(), v.dimensions(), v.row(1)), (2, 2, &[3.0, 4.0][..]));
        assert_eq!(v.rows().map(|r| r[0]).collect::<Vec<_>>(), [1.0, 3.0]);
    }

    #[test]
    fn a_broken_row_is_refused() {
        assert!(Vectors::from_parts(3, vec![0.0; 4]).is_err());
        assert!(Vectors::from_parts(0, vec![0.0; 4]).is_err());
        assert_eq!(Vectors::from_parts(0, vec![]).unwrap().rows().len(), 0);
    }
}
