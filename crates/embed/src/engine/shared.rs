//! Rows that several threads write and read in turn.

use std::{marker::PhantomData, ops::Range};

/// A matrix of which each thread writes its own rows, and all read all rows once everybody is known to have written.
#[derive(Clone, Copy)]
pub(super) struct SharedRows<'a> {
    start: *mut f32,
    rows: usize,
    stride: usize,
    borrow: PhantomData<&'a mut [f32]>,
}

// SAFETY: the pointer stands for an exclusive borrow of f32, and who may touch which rows when is the contract of `write`
// and `read`.
unsafe impl Send for SharedRows<'_> {}
// SAFETY: as above.
unsafe impl Sync for SharedRows<'_> {}

impl<'a> SharedRows<'a> {
    /// Rows of `stride` numbers over the buffer.
    pub fn new(buffer: &'a mut [f32], stride: usize) -> Self {
        Self { start: buffer.as_mut_ptr(), rows: buffer.len() / stride, stride, borrow: PhantomData }
    }

    /// Numbers in a row.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// Some rows, to be written.
    ///
    /// # Safety
    /// While the result lives nobody else writes or reads these rows.
    #[expect(clippy::mut_from_ref, reason = "that rows are disjoint is the caller's promise")]
    pub unsafe fn write(&self, rows: Range<usize>) -> &mut [f32] {
        assert!(rows.start <= rows.end && rows.end <= self.rows);
        // SAFETY: within the buffer by the check above; exclusive by the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(rows.start * self.stride), rows.len() * self.stride) }
    }

    /// Some rows, to be read.
    ///
    /// # Safety
    /// While the result lives nobody writes these rows.
    pub unsafe fn read(&self, rows: Range<usize>) -> &[f32] {
        assert!(rows.start <= rows.end && rows.end <= self.rows);
        // SAFETY: within the buffer by the check above; unwritten by the caller's promise.
        unsafe { std::slice::from_raw_parts(self.start.add(rows.start * self.stride), rows.len() * self.stride) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_write_their_own_rows() {
        let mut buffer = vec![0.0; 8 * 3];
        let rows = SharedRows::new(&mut buffer, 3);
        std::thread::scope(|scope| {
            for i in 0..8 {
                // SAFETY: each thread has one row of its own, and nobody reads before they are done.
                scope.spawn(move || unsafe { rows.write(i..i + 1) }.fill(i as f32));
            }
        });
        // SAFETY: all writers are done.
        assert_eq!(unsafe { rows.read(6..8) }, [6.0, 6.0, 6.0, 7.0, 7.0, 7.0]);
    }
}
