//! A text cut into tokens, each with its place.

use std::ops::Range;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Token<'a> {
    Number(f64),
    Name(&'a str),
    /// One of `+ - * / ^ ( ) ,`.
    Sign(char),
    End,
}

/// A token and the bytes that it takes.
pub(crate) type Placed<'a> = (Token<'a>, Range<usize>);

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    pub at: Range<usize>,
    pub what: String,
}

impl Fault {
    pub(crate) fn new<T>(at: Range<usize>, what: impl Into<String>) -> Result<T, Fault> {
        Err(Fault { at, what: what.into() })
    }
}

/// All tokens, the last one [`Token::End`].
pub(crate) fn tokens(text: &str) -> Result<Vec<Placed<'_>>, Fault> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = match c {
            _ if c.is_whitespace() => c.len_utf8(),
            '+' | '-' | '*' | '/' | '^' | '(' | ')' | ',' => {
                if rest.starts_with("**") {
                    return Fault::new(at..at + 2, "a power is written ^");
                }
                out.push((Token::Sign(c), at..at + 1));
                1
            }
            '0'..='9' | '.' => {
                let length = number(rest);
                let value = rest[..length].parse::<f64>().ok().filter(|value| value.is_finite());
                let Some(value) = value else {
                    return Fault::new(at..at + length, format!("{} is no number", &rest[..length]));
                };
                out.push((Token::Number(value), at..at + length));
                length
            }
            _ if c.is_alphabetic() || c == '_' => {
                let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
                out.push((Token::Name(&rest[..length]), at..at + length));
                length
            }
            _ => return Fault::new(at..at + c.len_utf8(), format!("{c:?} has no meaning here")),
        };
        at += length;
    }
    out.push((Token::End, at..at));
    Ok(out)
}

/// Bytes of the number at the start: digits, a point, and an exponent where digits follow it.
fn number(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut length = digits(0);
    if bytes.get(length) == Some(&b'.') {
        length += 1 + digits(length + 1);
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits((length + 1 + sign).min(bytes.len()));
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}
