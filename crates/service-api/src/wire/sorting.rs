//! Sorting of lists.

open_enum! {
    /// The order of a sorted list (section 7).
    pub enum SortDirection {
        /// Ascending.
        Ascending = "ASC",
        /// Descending.
        Descending = "DESC",
    }
}
