//! A number as a square code that a phone reads (ISO/IEC 18004).

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// Light modules around it, as the standard asks.
const QUIET: usize = 4;

/// The code of `text` as an SVG picture with a white ground; `None` where it is too long for one.
pub fn picture(text: &str, label: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let (width, mut path) = (code.width(), String::new());
    for (place, colour) in code.to_colors().into_iter().enumerate() {
        if colour == Color::Dark {
            let _ = write!(path, "M{} {}h1v1h-1z", place % width + QUIET, place / width + QUIET);
        }
    }
    let side = width + 2 * QUIET;
    Some(format!(
        "<svg class=\"qr\" viewBox=\"0 0 {side} {side}\" role=\"img\" aria-label=\"{label}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_fits_and_a_book_does_not() {
        let digest = format!("WETSIGN:APPROVAL:{}", "AB".repeat(32));
        // 81 characters of the alphanumeric kind at level M are version 4 (ISO/IEC 18004, table 7): 33 modules a side.
        assert!(picture(&digest, "x").unwrap().contains("viewBox=\"0 0 41 41\""));
        assert!(picture(&"a".repeat(5_000), "x").is_none());
    }
}
