//! pgvector's type `vector` on the wire: how many components (two bytes), two bytes of nothing, then each as four bytes,
//! the most significant first.

use std::error::Error;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// A vector as it is sent or received.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Vector(pub Vec<f32>);

impl ToSql for Vector {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let length = u16::try_from(self.0.len())?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&[0, 0]);
        self.0.iter().for_each(|component| out.extend_from_slice(&component.to_be_bytes()));
        Ok(IsNull::No)
    }

    fn accepts(of: &Type) -> bool {
        of.name() == "vector"
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Vector {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let (head, components) = raw.split_at_checked(4).ok_or("a vector without a head")?;
        let length = usize::from(u16::from_be_bytes([head[0], head[1]]));
        if components.len() != length * 4 {
            return Err(format!("a vector of {length} components in {} bytes", components.len()).into());
        }
        Ok(Self(components.chunks_exact(4).map(|c| f32::from_be_bytes([c[0], c[1], c[2], c[3]])).collect()))
    }

    fn accepts(of: &Type) -> bool {
        of.name() == "vector"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_come_back_as_they_were_sent_and_torn_ones_do_not() {
        let vector = Vector(vec![0.5, -0.25, f32::MIN_POSITIVE]);
        let mut out = BytesMut::new();
        vector.to_sql(&Type::TEXT, &mut out).unwrap();
        assert_eq!(Vector::from_sql(&Type::TEXT, &out).unwrap(), vector);
        for torn in [0, 3, 5, out.len() - 1] {
            assert!(Vector::from_sql(&Type::TEXT, &out[..torn]).is_err(), "{torn}");
        }
    }
}
