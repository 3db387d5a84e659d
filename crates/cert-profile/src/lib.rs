//! The section 6 profile of AN12642 as a table of rules.
