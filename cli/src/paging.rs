//! Flags of lists: which page, and in what order.

use clap::{Args, ValueEnum};
use el2g_service_api::SortDirection;

/// Which part of a list.
#[derive(Args)]
pub struct Paging {
    /// Only this page, counted from 0, in JSON with totalElements and its links; without it, all pages as one list
    #[arg(long, value_name = "N")]
    pub page: Option<u32>,
    /// Items per page, 1 to 100
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub size: Option<u32>,
}

/// The order of a list.
#[derive(Args)]
pub struct Sorting {
    /// Field to sort by, as the service names it
    #[arg(long, value_name = "FIELD")]
    pub sort_by: Option<String>,
    /// Order of the sorted list
    #[arg(long, value_name = "ORDER")]
    order: Option<Order>,
}

impl Sorting {
    /// The order as the service names it.
    pub fn direction(&self) -> Option<SortDirection> {
        self.order.map(|order| match order {
            Order::Asc => SortDirection::Ascending,
            Order::Desc => SortDirection::Descending,
        })
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Order {
    /// Smallest first
    Asc,
    /// Largest first
    Desc,
}

/// The page a list command prints, as the query takes it.
macro_rules! paged_query {
    ($query:ident { $($field:ident : $value:expr),* $(,)? } $paging:expr) => {
        $query { $($field: $value,)* page: $paging.page, size: $paging.size }
    };
    ($query:ident { $($field:ident : $value:expr),* $(,)? } $paging:expr, $sorting:expr) => {
        $query {
            $($field: $value,)*
            page: $paging.page,
            size: $paging.size,
            sort_by_direction: $sorting.direction(),
            sort_by: $sorting.sort_by,
        }
    };
}
pub(crate) use paged_query;
