//! Putting a pass's text together from its file and the files that it includes.

/// A pass: one WGSL file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pass {
    /// Triangles of mesh tiles.
    Mesh,
    /// Flat faces of mesh tiles in plain shading.
    Plain,
    /// Feature edges.
    Edges,
    /// Lines with a width.
    Segments,
    /// Points with a size.
    Points,
    /// Terrain with its photo.
    Ground,
    /// Background.
    Sky,
    /// Depth from the sun.
    Shadow,
    /// Object and depth under a pixel.
    Pick,
    /// Ground under a pixel.
    PickGround,
    /// Silhouettes of selected objects.
    Mask,
    /// What a second overlay says of what is seen.
    Marks,
    /// Half-size forward distances.
    Distance,
    /// Ambient occlusion.
    Occlusion,
    /// Depth of caps on a cut.
    CapDepth,
    /// What is seen through, laid over the opaque scene.
    Blend,
    /// Everything together.
    Composite,
    /// Names in the scene.
    Labels,
    /// Which triangles are drawn.
    Cull,
    /// The finest level of the depth's pyramid.
    PyramidBase,
    /// Coarser levels of it.
    Pyramid,
}

impl Pass {
    /// Every pass.
    pub const ALL: [Self; 21] = [
        Self::Mesh,
        Self::Plain,
        Self::Edges,
        Self::Segments,
        Self::Points,
        Self::Ground,
        Self::Sky,
        Self::Shadow,
        Self::Pick,
        Self::PickGround,
        Self::Mask,
        Self::Marks,
        Self::Distance,
        Self::Occlusion,
        Self::CapDepth,
        Self::Blend,
        Self::Composite,
        Self::Labels,
        Self::Cull,
        Self::PyramidBase,
        Self::Pyramid,
    ];

    /// Name of the pass's file without ending; the label of its GPU objects.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mesh => "mesh",
            Self::Plain => "plain",
            Self::Edges => "edges",
            Self::Segments => "segments",
            Self::Points => "points",
            Self::Ground => "ground",
            Self::Sky => "sky",
            Self::Shadow => "shadow",
            Self::Pick => "pick",
            Self::PickGround => "pick_ground",
            Self::Mask => "mask",
            Self::Marks => "marks",
            Self::Distance => "distance",
            Self::Occlusion => "occlusion",
            Self::CapDepth => "cap_depth",
            Self::Blend => "blend",
            Self::Composite => "composite",
            Self::Labels => "labels",
            Self::Cull => "cull",
            Self::PyramidBase => "pyramid_base",
            Self::Pyramid => "pyramid",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Mesh => include_str!("../mesh.wgsl"),
            Self::Plain => include_str!("../plain.wgsl"),
            Self::Edges => include_str!("../edges.wgsl"),
            Self::Segments => include_str!("../segments.wgsl"),
            Self::Points => include_str!("../points.wgsl"),
            Self::Ground => include_str!("../ground.wgsl"),
            Self::Sky => include_str!("../sky.wgsl"),
            Self::Shadow => include_str!("../shadow.wgsl"),
            Self::Pick => include_str!("../pick.wgsl"),
            Self::PickGround => include_str!("../pick_ground.wgsl"),
            Self::Mask => include_str!("../mask.wgsl"),
            Self::Marks => include_str!("../marks.wgsl"),
            Self::Distance => include_str!("../distance.wgsl"),
            Self::Occlusion => include_str!("../occlusion.wgsl"),
            Self::CapDepth => include_str!("../cap_depth.wgsl"),
            Self::Blend => include_str!("../blend.wgsl"),
            Self::Composite => include_str!("../composite.wgsl"),
            Self::Labels => include_str!("../labels.wgsl"),
            Self::Cull => include_str!("../cull.wgsl"),
            Self::PyramidBase => include_str!("../pyramid_base.wgsl"),
            Self::Pyramid => include_str!("../pyramid.wgsl"),
        }
    }
}

/// How many samples a pixel of the scene's textures has that a pass reads: decides the types of its bindings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Samples {
    /// One.
    One,
    /// Several.
    Many,
}

/// What `#include "…"` can name.
const COMMON: [(&str, &str); 19] = [
    ("common/frame.wgsl", include_str!("../common/frame.wgsl")),
    ("common/color.wgsl", include_str!("../common/color.wgsl")),
    ("common/vertex.wgsl", include_str!("../common/vertex.wgsl")),
    ("common/segment.wgsl", include_str!("../common/segment.wgsl")),
    ("common/point.wgsl", include_str!("../common/point.wgsl")),
    ("common/section.wgsl", include_str!("../common/section.wgsl")),
    ("common/style.wgsl", include_str!("../common/style.wgsl")),
    ("common/light.wgsl", include_str!("../common/light.wgsl")),
    ("common/pattern.wgsl", include_str!("../common/pattern.wgsl")),
    ("common/ground.wgsl", include_str!("../common/ground.wgsl")),
    ("common/screen.wgsl", include_str!("../common/screen.wgsl")),
    ("common/depth.wgsl", include_str!("../common/depth.wgsl")),
    ("common/stage.wgsl", include_str!("../common/stage.wgsl")),
    ("common/cull.wgsl", include_str!("../common/cull.wgsl")),
    ("common/sums.wgsl", include_str!("../common/sums.wgsl")),
    ("common/thin_ends.wgsl", include_str!("../common/thin_ends.wgsl")),
    ("common/outline.wgsl", include_str!("../common/outline.wgsl")),
    ("common/samples_one.wgsl", include_str!("../common/samples_one.wgsl")),
    ("common/samples_many.wgsl", include_str!("../common/samples_many.wgsl")),
];

/// A pass's text could not be put together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a shader includes a file that does not exist\npass: {pass}\nline: {line}")]
pub struct ComposeError {
    /// The pass.
    pub pass: &'static str,
    /// The line that includes.
    pub line: String,
}

/// The WGSL text of a pass: its file with each `#include "…"` line replaced by the named file.
///
/// `#include "SAMPLES"` names the types of the scene's textures for `samples`. Included files include nothing.
///
/// # Errors
/// [`ComposeError`] if an included file does not exist.
pub fn compose(pass: Pass, samples: Samples) -> Result<String, ComposeError> {
    let mut out = String::new();
    for line in pass.text().lines() {
        let Some(name) = line.strip_prefix("#include ") else {
            out.push_str(line);
            out.push('\n');
            continue;
        };
        let name = match (name.trim().trim_matches('"'), samples) {
            ("SAMPLES", Samples::Many) => "common/samples_many.wgsl",
            ("SAMPLES", Samples::One) => "common/samples_one.wgsl",
            (name, _) => name,
        };
        let Some((_, text)) = COMMON.iter().find(|(n, _)| *n == name) else {
            return Err(ComposeError { pass: pass.name(), line: line.to_owned() });
        };
        out.push_str(text);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parses and validates; the module for further questions.
    fn module(pass: Pass, samples: Samples) -> naga::Module {
        let text = compose(pass, samples).unwrap();
        let module =
            naga::front::wgsl::parse_str(&text).unwrap_or_else(|e| panic!("{}", e.emit_to_string(&text)));
        let mut validator = naga::valid::Validator::new(
            naga::valid::ValidationFlags::all(),
            naga::valid::Capabilities::default() | naga::valid::Capabilities::MULTISAMPLED_SHADING,
        );
        if let Err(e) = validator.validate(&module) {
            panic!("{}: {}", pass.name(), e.emit_to_string(&text));
        }
        module
    }

    #[test]
    fn every_pass_composes_and_validates() {
        for pass in Pass::ALL {
            for samples in [Samples::One, Samples::Many] {
                let module = module(pass, samples);
                let draws = module.entry_points.iter().any(|e| e.stage == naga::ShaderStage::Vertex);
                let computes = module.entry_points.iter().any(|e| e.stage == naga::ShaderStage::Compute);
                assert!(draws != computes, "{}", pass.name());
            }
        }
    }

    #[test]
    fn every_shader_file_belongs_to_a_pass() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if let Some(stem) = name.strip_suffix(".wgsl") {
                assert!(Pass::ALL.iter().any(|p| p.name() == stem), "{name} is not drawn by any pass");
            }
        }
    }
}
