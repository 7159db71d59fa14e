//! What tests of structs shared with shaders have in common.

use lantu_shaders::{Pass, Samples, compose};

/// What a pass's text means.
pub(crate) fn module(pass: Pass) -> naga::Module {
    naga::front::wgsl::parse_str(&compose(pass, Samples::One).unwrap()).unwrap()
}

/// Members of a WGSL struct with their offsets, and its size.
pub(crate) fn members(pass: Pass, name: &str) -> (Vec<(String, usize)>, usize) {
    for (_, t) in module(pass).types.iter() {
        if let (Some(n), naga::TypeInner::Struct { members, span }) = (&t.name, &t.inner)
            && n == name
        {
            let list = members.iter().map(|m| (m.name.clone().unwrap(), m.offset as usize)).collect();
            return (list, *span as usize);
        }
    }
    panic!("{name} is not in the shader");
}

/// Asserts that a Rust struct has the members, the offsets and the size of the WGSL struct of a pass.
macro_rules! same_layout {
    ($rust:ty, $pass:expr, $wgsl:literal, $($field:ident),+ $(,)?) => {{
        let (members, size) = $crate::layout_tests::members($pass, $wgsl);
        let rust = vec![$((stringify!($field).to_owned(), std::mem::offset_of!($rust, $field))),+];
        assert_eq!(members, rust, "{}", $wgsl);
        assert_eq!(size, size_of::<$rust>(), "{}", $wgsl);
    }};
}

pub(crate) use same_layout;
