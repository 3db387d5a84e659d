//! The 57 operations of AN12642, declared once.
