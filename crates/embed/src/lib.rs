//! Text to vectors: tokenizer, candle encoder, model files.
