//! Several requests at a time.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// Takes pieces of work, `jobs` at a time; what they make, in their order. After one that fails no other begins.
///
/// # Errors
/// The failure of the first piece that did not succeed.
pub async fn at_once<T, E, F: Future<Output = Result<T, E>>>(
    jobs: usize,
    work: impl IntoIterator<Item = F>,
) -> Result<Vec<T>, E> {
    let mut waiting: VecDeque<(usize, F)> = work.into_iter().enumerate().collect();
    let mut made: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    let mut running: Vec<(usize, Pin<Box<F>>)> = Vec::new();
    let mut failure = None;
    loop {
        while failure.is_none() && running.len() < jobs.max(1) {
            let Some((place, work)) = waiting.pop_front() else { break };
            running.push((place, Box::pin(work)));
        }
        if running.is_empty() {
            break;
        }
        let (at, ended) = poll_fn(|context| {
            let mut polled = running.iter_mut().enumerate();
            let ended = polled.find_map(|(at, (_, work))| match work.as_mut().poll(context) {
                Poll::Ready(ended) => Some((at, ended)),
                Poll::Pending => None,
            });
            ended.map_or(Poll::Pending, Poll::Ready)
        })
        .await;
        let (place, _) = running.swap_remove(at);
        match ended {
            Ok(value) => made[place] = Some(value),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    failure.map_or_else(|| Ok(made.into_iter().flatten().collect()), Err)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn keeps_the_order_and_the_number_at_a_time_and_stops_after_a_failure() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (now, most, begun) = (Cell::new(0), Cell::new(0), Cell::new(0));
        let work = |number: u32, fails: bool| {
            let (now, most, begun) = (&now, &most, &begun);
            async move {
                begun.set(begun.get() + 1);
                now.set(now.get() + 1);
                most.set(most.get().max(now.get()));
                for _ in 0..10 - number {
                    tokio::task::yield_now().await;
                }
                now.set(now.get() - 1);
                if fails { Err(number) } else { Ok(number) }
            }
        };
        let made = runtime.block_on(at_once(3, (0..9).map(|number| work(number, false))));
        assert_eq!(made, Ok((0..9).collect()));
        assert_eq!((most.get(), begun.get()), (3, 9));
        begun.set(0);
        let made = runtime.block_on(at_once(1, (0..9).map(|number| work(number, number == 2))));
        assert_eq!((made, begun.get()), (Err(2), 3));
    }
}
