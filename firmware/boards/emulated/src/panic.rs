//! A fault of the program ends it: no answer, no signature.

use core::panic::PanicInfo;

use semihosting::{eprintln, process};

#[panic_handler]
fn stop(info: &PanicInfo<'_>) -> ! {
    eprintln!("wetsign-element: {info}");
    process::exit(101)
}
