//! What a prompt looks like, drawn as the person sees themselves in a mirror: their left is the picture's left.

/// The picture of a prompt by its code; a code of a later version has the face that looks ahead.
pub fn prompt(code: &str) -> String {
    let (eyes, mouth, more) = match code {
        "head_left" => (eyes(-14, 0), mouth(-14, 0), arrow("M-2 62h-22m11-12-12 12 12 12")),
        "head_right" => (eyes(14, 0), mouth(14, 0), arrow("M122 62h22m-11-12 12 12-12 12")),
        "head_up" => (eyes(0, -16), mouth(0, -12), arrow("M60 4v-20m-12 11 12-12 12 12")),
        "head_down" => (eyes(0, 14), mouth(0, 12), arrow("M60 120v20m-12-11 12 12 12-12")),
        "head_closer" => (
            eyes(0, 0),
            mouth(0, 0),
            "<ellipse class=\"ghost\" cx=\"60\" cy=\"62\" rx=\"52\" ry=\"62\"/>".to_owned()
                + &arrow("M-20 62h18m-9-9 10 9-10 9M140 62h-18m9-9-10 9 10 9"),
        ),
        "mouth_open" => (
            eyes(0, -6),
            "<ellipse class=\"full accent\" cx=\"60\" cy=\"82\" rx=\"13\" ry=\"15\"/>".to_owned(),
            String::new(),
        ),
        "smile" => {
            (eyes(0, 0), "<path class=\"accent\" d=\"M40 74q20 26 40 0z\"/>".to_owned(), String::new())
        }
        "blink_twice" => (shut(), mouth(0, 0), times(2)),
        "blink_thrice" => (shut(), mouth(0, 0), times(3)),
        "say" => (
            eyes(0, -4),
            "<ellipse class=\"full\" cx=\"60\" cy=\"82\" rx=\"10\" ry=\"7\"/>".to_owned(),
            arrow("M108 66q10 16 0 32M122 56q18 26 0 52"),
        ),
        _ => (eyes(0, 0), mouth(0, 0), String::new()),
    };
    format!(
        "<svg class=\"prompt-picture\" viewBox=\"-30 -26 180 176\" aria-hidden=\"true\" focusable=\"false\">\
         <ellipse cx=\"60\" cy=\"62\" rx=\"42\" ry=\"52\"/>{eyes}{mouth}{more}</svg>"
    )
}

fn eyes(x: i32, y: i32) -> String {
    let eye = |at: i32| format!("<circle class=\"full\" cx=\"{}\" cy=\"{}\" r=\"5\"/>", at + x, 52 + y);
    eye(44) + &eye(76)
}

fn shut() -> String {
    "<path class=\"accent\" d=\"M34 50q9 9 18 0M68 50q9 9 18 0\"/>".to_owned()
}

fn mouth(x: i32, y: i32) -> String {
    format!("<path d=\"M{} {}q14 6 28 0\"/>", 46 + x, 84 + y)
}

fn arrow(path: &str) -> String {
    format!("<path class=\"accent\" d=\"{path}\"/>")
}

/// So many strokes beside the face.
fn times(count: i32) -> String {
    (0..count).map(|place| arrow(&format!("M{} 96v26", 116 + place * 12))).collect()
}

/// A small picture before words: what kind of thing is said.
pub fn icon(kind: &str) -> String {
    let path = match kind {
        "yes" => "M4 13l5 5L20 6",
        "no" => "M5 5l14 14M19 5L5 19",
        "camera" => "M3 7h11v10H3zM14 11l7-4v10l-7-4",
        "pen" => "M4 20l4-1L20 7l-3-3L5 16zM4 20h16",
        "bin" => "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
        "light" => "M12 3v3M4 12h3M17 12h3M6 6l2 2M18 6l-2 2M9 16a4 4 0 1 1 6 0v3H9z",
        "hand" => "M12 3v18M3 12h18",
        "phone" => "M7 2h10v20H7zM11 18h2",
        "people" => "M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-9 16-9 16 0",
        "again" => "M19 12a7 7 0 1 1-2-5m2-4v5h-5",
        _ => "M12 7v6M12 17v.5M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20z",
    };
    format!(
        "<svg class=\"icon\" viewBox=\"0 0 24 24\" aria-hidden=\"true\" focusable=\"false\"><path d=\"{path}\"/></svg>"
    )
}
