//! What a panic that was contained says.

use std::any::Any;

/// Its message.
pub fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn both_kinds_of_panic_messages_are_read() {
        let fixed = catch_unwind(|| panic!("fixed")).unwrap_err();
        let made = catch_unwind(|| panic!("made {}", 1)).unwrap_err();
        assert_eq!((panic_text(&*fixed), panic_text(&*made)), ("fixed", "made 1"));
    }
}
