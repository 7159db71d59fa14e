//! What shaders read, byte for byte. Each struct exists once here and once in WGSL; a test compares them.

use bytemuck::{Pod, Zeroable};
use glam::Mat4;

use crate::section::MAX_PLANES;

/// What every pass of a frame shares. Mirrors `Frame` in `shaders/common/frame.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(crate) struct FrameUniform {
    pub clip_from_eye: Mat4,
    pub light_from_eye: Mat4,
    pub right: [f32; 4],
    pub up: [f32; 4],
    pub forward: [f32; 4],
    pub sun: [f32; 4],
    pub view: [f32; 4],
    pub look: [f32; 4],
    pub soft_sun: [f32; 4],
    pub background: [f32; 4],
    pub outline: [f32; 4],
    pub shadow: [f32; 4],
    pub plain: [f32; 4],
    pub window: [f32; 4],
    pub cell: [f32; 4],
    pub sunlight: [f32; 4],
    pub skylight: [f32; 4],
    pub dome: [f32; 4],
    pub relief: [f32; 4],
    pub contours: [f32; 4],
    pub section: [[f32; 4]; MAX_PLANES],
}

/// What one mesh tile's draws share. Mirrors `Tile` in `shaders/common/style.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(crate) struct TileUniform {
    pub offset: [f32; 3],
    pub first_style: u32,
    pub phase: [f32; 3],
    pub first_row: u32,
    pub pull: f32,
    pub first_part: u32,
    pub unused_a: u32,
    pub unused_b: u32,
}

/// What one ground tile's draw needs. Mirrors `Ground` in `shaders/common/ground.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(crate) struct GroundUniform {
    pub offset: [f32; 3],
    pub spacing: f32,
    pub n: u32,
    pub unused_a: u32,
    pub unused_b: u32,
    pub unused_c: u32,
}

/// One vertex of ground. Mirrors `GroundVertex` in `shaders/common/ground.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(crate) struct GroundVertex {
    pub height: f32,
    pub normal: u32,
}

/// Where shadows are drawn from. Mirrors `Caster` in `shaders/shadow.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(crate) struct ShadowUniform {
    pub clip_from_eye: Mat4,
    pub section: [[f32; 4]; MAX_PLANES],
    pub n_planes: u32,
    pub unused_a: u32,
    pub unused_b: u32,
    pub unused_c: u32,
}

/// An angle, a size or a spacing for a shader; never a world coordinate.
#[expect(clippy::cast_possible_truncation, reason = "shaders count in f32; only small numbers come here")]
pub(crate) fn narrow(v: f64) -> f32 {
    v as f32
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;

    use lantu_shaders::Pass;
    use lantu_tiles::{Instance, Part, Point, Segment, Vertex};

    use super::*;
    use crate::layout_tests::{self, same_layout as same};

    #[test]
    fn structs_shared_with_shaders_have_the_same_layout() {
        same!(
            FrameUniform,
            Pass::Mesh,
            "Frame",
            clip_from_eye,
            light_from_eye,
            right,
            up,
            forward,
            sun,
            view,
            look,
            soft_sun,
            background,
            outline,
            shadow,
            plain,
            window,
            cell,
            sunlight,
            skylight,
            dome,
            relief,
            contours,
            section
        );
        same!(
            TileUniform,
            Pass::Mesh,
            "Tile",
            offset,
            first_style,
            phase,
            first_row,
            pull,
            first_part,
            unused_a,
            unused_b
        );
        same!(GroundUniform, Pass::Ground, "Ground", offset, spacing, n, unused_a, unused_b, unused_c);
        same!(
            ShadowUniform,
            Pass::Shadow,
            "Caster",
            clip_from_eye,
            section,
            n_planes,
            unused_a,
            unused_b,
            unused_c
        );
        same!(lantu_base::Style, Pass::Mesh, "Style", rgba, flags);
        same!(Part, Pass::Mesh, "Part", object, rgba);
    }

    /// Locations and scalar counts of a WGSL struct of vertex attributes, against a Rust struct's bytes.
    fn attributes(pass: Pass, name: &str, layout: &wgpu::VertexBufferLayout<'_>, size: usize) {
        let module = layout_tests::module(pass);
        let (_, t) = module.types.iter().find(|(_, t)| t.name.as_deref() == Some(name)).unwrap();
        let naga::TypeInner::Struct { members, .. } = &t.inner else { panic!() };
        assert_eq!(members.len(), layout.attributes.len(), "{name}");
        assert_eq!(layout.array_stride, size as u64, "{name}");
        for (m, a) in members.iter().zip(layout.attributes) {
            let Some(naga::Binding::Location { location, .. }) = m.binding else { panic!() };
            assert_eq!(location, a.shader_location, "{name}");
            let bytes = u64::from(module.types[m.ty].inner.size(module.to_ctx()));
            // Shaders read halves as whole numbers.
            let widened = if a.format == wgpu::VertexFormat::Uint16x4 { 2 } else { 1 };
            assert_eq!(bytes, a.format.size() * widened, "{name}.{:?}", m.name);
        }
    }

    #[test]
    fn vertex_buffers_have_the_layout_that_shaders_read() {
        use crate::layouts::{GROUND_VERTEX, INSTANCE, POINT, SEGMENT, VERTEX};
        attributes(Pass::Mesh, "Vertex", &VERTEX, size_of::<Vertex>());
        attributes(Pass::Mesh, "Instance", &INSTANCE, size_of::<Instance>());
        attributes(Pass::Points, "Point", &POINT, size_of::<Point>());
        attributes(Pass::Segments, "Segment", &SEGMENT, size_of::<Segment>());
        attributes(Pass::Labels, "Glyph", &crate::labels::GLYPH, size_of::<crate::labels::GlyphInstance>());
        attributes(Pass::Ground, "GroundVertex", &GROUND_VERTEX, size_of::<GroundVertex>());
        let offsets = |l: &wgpu::VertexBufferLayout<'_>| {
            l.attributes.iter().map(|a| usize::try_from(a.offset).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(offsets(&VERTEX), [offset_of!(Vertex, position), offset_of!(Vertex, part)]);
        let row = offset_of!(Instance, rows);
        assert_eq!(offsets(&INSTANCE), [row, row + 16, row + 32, offset_of!(Instance, first_part)]);
        assert_eq!(
            offsets(&SEGMENT),
            [
                offset_of!(Segment, a),
                offset_of!(Segment, b),
                offset_of!(Segment, part),
                offset_of!(Segment, width)
            ]
        );
        assert_eq!(
            offsets(&POINT),
            [offset_of!(Point, at), offset_of!(Point, part), offset_of!(Point, size)]
        );
        assert_eq!(
            offsets(&GROUND_VERTEX),
            [offset_of!(GroundVertex, height), offset_of!(GroundVertex, normal)]
        );
    }

    #[test]
    fn style_flags_have_the_same_numbers_in_shaders() {
        use lantu_base::StyleFlags;
        let module = layout_tests::module(Pass::Mesh);
        let value = |name: &str| {
            let (_, c) = module.constants.iter().find(|(_, c)| c.name.as_deref() == Some(name)).unwrap();
            match module.global_expressions[c.init] {
                naga::Expression::Literal(naga::Literal::U32(v)) => v,
                ref other => panic!("{name}: {other:?}"),
            }
        };
        assert_eq!(value("HIDDEN"), StyleFlags::HIDDEN);
        assert_eq!(value("COLORED"), StyleFlags::COLORED);
        assert_eq!(value("GHOSTED"), StyleFlags::GHOSTED);
        assert_eq!(value("MUTED"), StyleFlags::MUTED);
        assert_eq!(value("HOVERED"), StyleFlags::HOVERED);
        assert_eq!(value("FADED"), StyleFlags::FADED);
        assert_eq!(value("PATTERN_SHIFT"), StyleFlags::PATTERN_SHIFT);
        assert_eq!(value("OUTLINE_SHIFT"), StyleFlags::OUTLINE_SHIFT);
    }
}
