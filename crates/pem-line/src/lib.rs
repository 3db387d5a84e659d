//! PEM text to one JSON-safe line and back.
