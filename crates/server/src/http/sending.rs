//! What lives as long as a reply is being sent, and hears what goes out of it.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::response::Response;
use http_body::{Frame, SizeHint};

/// Dropped when the last of its reply is sent, or when the client has gone.
pub(crate) trait UntilSent: Sized + Unpin + Send + 'static {
    /// So many bytes go out.
    fn sent(&mut self, _bytes: usize) {}

    /// Ties this to the reply.
    fn until_sent(self, response: Response) -> Response {
        response.map(|body| Body::new(Sending { body, tied: self }))
    }
}

struct Sending<T> {
    body: Body,
    tied: T,
}

impl<T: UntilSent> http_body::Body for Sending<T> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            self.tied.sent(data.len());
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
