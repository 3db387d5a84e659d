//! The stack of a thread, wiped once secrets went over it.

use std::hint::black_box;

use zeroize::Zeroize;

/// How much of the stack is wiped: more than the frames in which libraries were found to leave copies of
/// secrets (the hex text while it is decoded, key schedules, session keys).
const STACK_WIPED: usize = 128 * 1024;

/// Overwrites 128 KiB of the stack below the caller: libraries leave copies of secrets in frames that are
/// gone. A thread that handled secrets calls it last, because the C library keeps the stacks of threads that
/// have ended. The work itself has to be in a function of its own that is not inlined.
#[inline(never)]
pub fn wipe_stack() {
    let mut frame = [0xff_u8; STACK_WIPED];
    black_box(&mut frame).zeroize();
    black_box(&frame);
}
