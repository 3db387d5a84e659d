//! Activity reports (4.7.1).

use crate::NoPath;

request! {
    /// A month.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub struct MonthYear {
        /// 1 to 12.
        #[schemars(range(min = 1, max = 12))]
        month: u32,
        /// Such as 2022.
        #[schemars(range(min = 2000, max = 2999))]
        year: u32,
    }
}

request! {
    /// The body of 4.7.1: both months are included.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct ReportPeriod {
        /// The first month.
        start_month_year: MonthYear,
        /// The last month.
        end_month_year: MonthYear,
    }
}

operations! {
    /// Generate an activity report (4.7.1), as CSV.
    CreateActivityReport = "4.7.1" Post "/audits/create-report" => 200 Csv,
        ["activity", "report"], path NoPath, body ReportPeriod, reply String, repeat Freely,;
}
