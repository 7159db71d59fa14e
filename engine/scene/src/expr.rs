//! The filter language of the command line: `class = 'IfcWall' and not (volume_m3 < 2)`.

/// A value of a column, for comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The object has no value there.
    Null,
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// Several texts, each of them a value: an object has several materials and belongs to several groups.
    Any(Vec<String>),
}

/// A filter over columns.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// `COLUMN op 'VALUE'`.
    Compare {
        /// Column or property name.
        column: String,
        /// How to compare.
        op: Op,
        /// The literal.
        value: String,
    },
    /// Both.
    And(Box<Expr>, Box<Expr>),
    /// Either.
    Or(Box<Expr>, Box<Expr>),
    /// Not.
    Not(Box<Expr>),
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `=`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `~`: the column's text contains the value; letter case does not matter.
    Contains,
}

/// A filter could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at character {at}\nfilter: {text:?}")]
pub struct ExprError {
    /// What should stand there.
    pub expected: &'static str,
    /// Character, from 1.
    pub at: usize,
    /// The filter.
    pub text: String,
}

/// Chosen: deeper nesting than any person writes; a hostile filter must not overflow the stack.
const MAX_DEPTH: usize = 64;

impl Expr {
    /// Reads a filter: comparisons joined by `and`, `or`, `not` and parentheses; `and` binds tighter than `or`.
    ///
    /// # Errors
    /// [`ExprError`] with the place.
    pub fn parse(text: &str) -> Result<Self, ExprError> {
        let mut p = Parser { text, chars: text.chars().collect(), at: 0, depth: 0 };
        let e = p.or()?;
        p.space();
        if p.at < p.chars.len() {
            return Err(p.expected("\"and\", \"or\" or the end"));
        }
        Ok(e)
    }

    /// Whether an object passes; `lookup` gives its value in a column.
    ///
    /// Two numbers compare as numbers, anything else as text; a missing value equals nothing, so it passes
    /// only `!=`.
    pub fn matches(&self, lookup: &dyn Fn(&str) -> Value) -> bool {
        match self {
            Self::And(a, b) => a.matches(lookup) && b.matches(lookup),
            Self::Or(a, b) => a.matches(lookup) || b.matches(lookup),
            Self::Not(a) => !a.matches(lookup),
            Self::Compare { column, op, value } => compare(&lookup(column), *op, value),
        }
    }
}

fn compare(have: &Value, op: Op, want: &str) -> bool {
    use std::cmp::Ordering;
    let text = match have {
        Value::Null => return op == Op::Ne,
        // It has the value, or it does not.
        Value::Any(all) if op == Op::Ne => {
            return all.iter().all(|t| compare(&Value::Text(t.clone()), op, want));
        }
        Value::Any(all) => return all.iter().any(|t| compare(&Value::Text(t.clone()), op, want)),
        Value::Number(n) => n.to_string(),
        Value::Text(t) => t.clone(),
    };
    if op == Op::Contains {
        return text.to_lowercase().contains(&want.to_lowercase());
    }
    let numbers = match have {
        Value::Number(n) => want.trim().parse::<f64>().ok().map(|w| (*n, w)),
        Value::Text(t) => t.trim().parse::<f64>().ok().zip(want.trim().parse::<f64>().ok()),
        Value::Null | Value::Any(_) => None,
    };
    let order = numbers.map_or_else(|| Some(text.as_str().cmp(want)), |(a, b)| a.partial_cmp(&b));
    match op {
        Op::Eq => order == Some(Ordering::Equal),
        Op::Ne => order != Some(Ordering::Equal),
        Op::Lt => order == Some(Ordering::Less),
        Op::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Op::Gt => order == Some(Ordering::Greater),
        Op::Ge => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        Op::Contains => false,
    }
}

struct Parser<'a> {
    text: &'a str,
    chars: Vec<char>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn expected(&self, expected: &'static str) -> ExprError {
        ExprError { expected, at: self.at + 1, text: self.text.chars().take(200).collect() }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str) -> bool {
        self.space();
        let end = self.at + word.len();
        let found: String = self.chars.get(self.at..end).unwrap_or(&[]).iter().collect();
        let ends = self.chars.get(end).is_none_or(|c| c.is_whitespace() || *c == '(');
        let hit = found.eq_ignore_ascii_case(word) && ends;
        if hit {
            self.at = end;
        }
        hit
    }

    fn or(&mut self) -> Result<Expr, ExprError> {
        let mut left = self.and()?;
        while self.word("or") {
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr, ExprError> {
        let mut left = self.term()?;
        while self.word("and") {
            left = Expr::And(Box::new(left), Box::new(self.term()?));
        }
        Ok(left)
    }

    fn term(&mut self) -> Result<Expr, ExprError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.expected("at most 64 nested parentheses"));
        }
        let e = if self.word("not") {
            Expr::Not(Box::new(self.term()?))
        } else {
            self.space();
            if self.peek() == Some('(') {
                self.at += 1;
                let e = self.or()?;
                self.space();
                if self.peek() != Some(')') {
                    return Err(self.expected("\")\""));
                }
                self.at += 1;
                e
            } else {
                self.comparison()?
            }
        };
        self.depth -= 1;
        Ok(e)
    }

    fn comparison(&mut self) -> Result<Expr, ExprError> {
        let column = self.column()?;
        self.space();
        let two: String = self.chars.get(self.at..self.at + 2).unwrap_or(&[]).iter().collect();
        let op = match (two.as_str(), self.peek()) {
            ("!=", _) => Op::Ne,
            ("<=", _) => Op::Le,
            (">=", _) => Op::Ge,
            (_, Some('=')) => Op::Eq,
            (_, Some('<')) => Op::Lt,
            (_, Some('>')) => Op::Gt,
            (_, Some('~')) => Op::Contains,
            _ => return Err(self.expected("=, !=, <, <=, >, >= or ~")),
        };
        self.at += if matches!(op, Op::Ne | Op::Le | Op::Ge) { 2 } else { 1 };
        self.space();
        let value = match self.peek() {
            Some(q @ ('\'' | '"')) => self.quoted(q)?,
            _ => self.bare()?,
        };
        Ok(Expr::Compare { column, op, value })
    }

    fn column(&mut self) -> Result<String, ExprError> {
        self.space();
        if self.peek() == Some('"') {
            return self.quoted('"');
        }
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | ':')) {
            self.at += 1;
        }
        if start == self.at {
            return Err(self.expected("a column"));
        }
        Ok(self.chars.get(start..self.at).unwrap_or(&[]).iter().collect())
    }

    /// A quoted text; the quote itself is written twice, as in SQL.
    fn quoted(&mut self, quote: char) -> Result<String, ExprError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            match self.peek() {
                None => return Err(self.expected("the closing quote")),
                Some(c) if c == quote => {
                    self.at += 1;
                    if self.peek() != Some(quote) {
                        return Ok(out);
                    }
                    out.push(quote);
                }
                Some(c) => out.push(c),
            }
            self.at += 1;
        }
    }

    fn bare(&mut self) -> Result<String, ExprError> {
        let start = self.at;
        while self.peek().is_some_and(|c| !c.is_whitespace() && c != ')') {
            self.at += 1;
        }
        if start == self.at {
            return Err(self.expected("a value"));
        }
        Ok(self.chars.get(start..self.at).unwrap_or(&[]).iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(filter: &str, expected: bool) {
        let lookup = |c: &str| match c {
            "class" => Value::Text("IfcWall".into()),
            "name" => Value::Text("外墙 O'Neil".into()),
            "volume_m3" => Value::Number(12.5),
            "Pset_WallCommon.IsExternal" => Value::Text("true".into()),
            "material" => Value::Any(vec!["Brick".into(), "Plaster".into()]),
            _ => Value::Null,
        };
        assert_eq!(Expr::parse(filter).unwrap().matches(&lookup), expected, "{filter}");
    }

    #[test]
    fn filters_compare_numbers_as_numbers_and_texts_as_texts() {
        check("class = 'IfcWall'", true);
        check("class='IfcSlab' or volume_m3 > '9'", true);
        check("volume_m3 < 9", false);
        check("not (class = 'IfcSlab') and name ~ '外墙'", true);
        check("name = '外墙 O''Neil'", true);
        check("Pset_WallCommon.IsExternal = true", true);
        check("class = 'IfcSlab' and class = 'IfcWall' or volume_m3 = 12.50", true);
        check("NOT class ~ 'wall'", false);
    }

    #[test]
    fn of_several_values_each_can_be_meant() {
        check("material = 'Plaster' and material = 'Brick'", true);
        check("material ~ 'last'", true);
        check("material = 'Brick, Plaster'", false);
        check("material != 'Plaster'", false);
        check("material != 'Oak'", true);
    }

    #[test]
    fn a_missing_value_equals_nothing() {
        check("missing = ''", false);
        check("missing != 'x'", true);
        check("missing < 5", false);
    }

    #[test]
    fn a_broken_filter_names_the_place() {
        assert_eq!(Expr::parse("class 'x'").unwrap_err().at, 7);
        assert_eq!(Expr::parse("class = 'x").unwrap_err().at, 11);
        assert_eq!(Expr::parse("class = 'x' und y = 2").unwrap_err().at, 13);
        for text in ["", "and", "(", "a = ", "a = 1)", &"(".repeat(10_000), &"not ".repeat(10_000)] {
            assert!(Expr::parse(text).is_err(), "{text:.20}");
        }
    }
}
